#pragma once

#include <string>
#include <string_view>

#include "wire/http.h"
#include "wire/sigv4.h"

namespace sagebrush::wire {

inline constexpr std::string_view kSigningAlgorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
inline constexpr std::string_view kEmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// What stands for the payload in a canonical request: x-amz-content-sha256 where the client sent it, else (other
// services than S3) the digest of the body, which is in memory.
std::string PayloadHash(const HttpRequest& request, const Signature& signature);

// The canonical request of Signature Version 4: what both sides hash. S3 encodes the path once; every other service
// removes dot segments and double slashes and encodes it twice.
void AppendCanonicalRequest(const HttpRequest& request, const Signature& signature, std::string_view payload_hash,
                            std::string& out);

// date/region/service/aws4_request
std::string CredentialScope(const Signature& signature);
std::string StringToSign(const HttpRequest& request, const Signature& signature, std::string_view canonical_request);
// The moment of signing as the client wrote it: yyyymmddThhmmssZ.
std::string SigningTime(const HttpRequest& request, const Signature& signature);

}  // namespace sagebrush::wire
