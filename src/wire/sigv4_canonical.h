#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wire/http.h"
#include "wire/sigv4.h"

namespace sagebrush::wire {

inline constexpr std::string_view kSigningAlgorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
inline constexpr std::string_view kEmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// The X-Amz-Content-Sha256 of the header or, without one, of the query.
std::optional<std::string> AnnouncedPayload(const HttpRequest& request);
// Whether `text` is a SHA-256 in hex, and not one of the words that stand for a body that is not hashed.
bool IsSha256Text(std::string_view text);

// The path as every service but S3 signs it, and therefore the one that its requests are routed by: without empty and
// dot segments. Percent-encoding is left alone.
std::string NormalPath(std::string_view path);

// What stands for the payload in a canonical request: the announced digest, else (other services than S3) the digest of
// the body, which is in memory. Only S3 takes words such as UNSIGNED-PAYLOAD for it.
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
