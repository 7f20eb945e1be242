#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "wire/http.h"

namespace sagebrush::wire {

// The digests and checksums that a request announces of its body, computed as the bytes pass: x-amz-content-sha256,
// Content-MD5 and x-amz-checksum-* as headers, or x-amz-checksum-* as trailers named by x-amz-trailer.
class PayloadCheck {
 public:
  // Throws Error when an announced value cannot be one (InvalidDigest, InvalidArgument, InvalidRequest,
  // NotImplemented).
  explicit PayloadCheck(const HttpRequest& request);

  void Update(std::string_view bytes);
  // Throws Error (XAmzContentSHA256Mismatch, BadDigest, MalformedTrailerError) unless every one agrees. Call once,
  // last.
  void Finish(const Headers& trailers = {});

 private:
  struct Expectation {
    std::string header;                // Where the value is announced.
    std::string_view algorithm;        // As messages name it: "CRC32".
    std::optional<std::string> value;  // Raw bytes; nullopt: comes in the trailer of that name.
    Digest digest;
  };

  void ExpectSha256(const HttpRequest& request);
  void ExpectMd5(const HttpRequest& request);
  void ExpectChecksums(const HttpRequest& request);
  void ExpectTrailers(const HttpRequest& request);
  void CheckNames(const Headers& trailers) const;

  std::vector<Expectation> expectations_;
};

}  // namespace sagebrush::wire
