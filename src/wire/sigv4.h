#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "wire/http.h"

namespace sagebrush::wire {

// What a request says about its AWS Signature Version 4, in the Authorization header or (presigned) in the query; also
// of the Version 2 form that boto3 still presigns S3 URLs with in us-east-1.
struct Signature {
  std::string access_key_id;
  std::string date;     // yyyymmdd of the credential scope.
  std::string region;   // "us-east-1" in version 2, which has none.
  std::string service;  // Signing name: "sagemaker", "s3", "monitoring", ...
  std::vector<std::string> signed_headers;
  std::string signature;  // Hex.
  std::string session_token;
  Time signed_at;
  bool presigned = false;
  std::int64_t expires_seconds = 0;  // Presigned only; in version 2 a moment since 1970 instead of a duration.
  int version = 4;                   // 2: presigned S3 only; `signature` is base64, date and signed headers are empty.

  // Whether a change of that header would break the signature. `header` in lower case.
  bool Covers(std::string_view header) const;
};

// Whether the signature is made over the body itself, so that it can be checked only once that is there. So it is for
// every service but S3, in headers and in presigned URLs, unless a header announces the body's digest.
bool SignsBody(const HttpRequest& request, const Signature& signature);

// nullopt: not signed. Throws Error with AWS's code (IncompleteSignature, AuthorizationQueryParametersError, ...) when
// it claims to be signed but cannot be read.
std::optional<Signature> ReadSignature(const HttpRequest& request);

// Throws Error (SignatureDoesNotMatch, RequestTimeTooSkewed / InvalidSignatureException in the service's form, expired
// presigned URL) unless the signature was made with `secret_key`, for this request, at a time near `now`.
// Where SignsBody, the body is in `request.body`. Elsewhere the payload's own digest is announced, and checked by
// DecodeBody or, for bodies held in memory, by CheckBody.
void CheckSignature(const HttpRequest& request, const Signature& signature, std::string_view secret_key, Time now);

// Throws Error (XAmzContentSHA256Mismatch, BadDigest, ...) unless `request.body` has the digests and checksums that the
// headers announce.
void CheckBody(const HttpRequest& request);

// Undoes aws-chunked (signed and unsigned, with and without trailers), and checks payload digest, chunk signatures,
// Content-MD5 and x-amz-checksum-* in header or trailer as the bytes pass. `signature` null: unsigned request.
std::unique_ptr<BodyReader> DecodeBody(const HttpRequest& request, const Signature* signature,
                                       std::string_view secret_key, std::unique_ptr<BodyReader> raw);

struct Credentials {
  std::string access_key_id;
  std::string secret_key;
  std::string session_token;  // Empty: none.
};

// Adds host-independent SigV4 headers (x-amz-date, x-amz-content-sha256, x-amz-security-token, authorization) to
// `request`, which has its host header and body set: for tests, benchmarks and our own clients.
void SignRequest(HttpRequest& request, const Credentials& credentials, std::string_view region,
                 std::string_view service, Time now);

}  // namespace sagebrush::wire
