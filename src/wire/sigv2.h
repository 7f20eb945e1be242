#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wire/http.h"
#include "wire/sigv4.h"

namespace sagebrush::wire {

// Throws Error when the query holds what version 2 does not sign and an operation would read. What no operation knows
// is let through, as S3 does; so are the parameters of listings (prefix, marker, ...), which S3 does not sign either.
void CheckVersion2Query(const HttpRequest& request);

// The Signature parameter of a presigned S3 URL that has its other parameters and ends at `expires`, in seconds.
std::string SignVersion2(const HttpRequest& request, std::int64_t expires, std::string_view secret_key);

// The signature of any text in version 2: HMAC-SHA1 in base64.
std::string HmacSha1Text(std::string_view text, std::string_view secret_key);

// Whether a presigned S3 URL of Signature Version 2 was signed with `secret_key`. boto3 presigns with version 2 in
// us-east-1 unless it is told otherwise, so unmodified clients need it.
bool MatchesVersion2(const HttpRequest& request, const Signature& signature, std::string_view secret_key);

}  // namespace sagebrush::wire
