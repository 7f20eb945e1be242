#pragma once

#include <string>
#include <string_view>

#include "wire/http.h"
#include "wire/sigv4.h"

namespace sagebrush::wire {

// Whether a presigned S3 URL of Signature Version 2 was signed with `secret_key`. boto3 presigns with version 2 in
// us-east-1 unless it is told otherwise, so unmodified clients need it.
bool MatchesVersion2(const HttpRequest& request, const Signature& signature, std::string_view secret_key);

}  // namespace sagebrush::wire
