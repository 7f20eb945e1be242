#include "wire/sigv4_payload.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/error.h"
#include "wire/sigv4.h"
#include "wire/sigv4_canonical.h"

namespace sagebrush::wire {
namespace {

constexpr ErrorKind kInvalidRequest{"InvalidRequest", 400, Fault::kClient};
constexpr ErrorKind kInvalidArgument{"InvalidArgument", 400, Fault::kClient};
constexpr ErrorKind kInvalidDigest{"InvalidDigest", 400, Fault::kClient};
constexpr ErrorKind kBadDigest{"BadDigest", 400, Fault::kClient};
constexpr ErrorKind kSha256Mismatch{"XAmzContentSHA256Mismatch", 400, Fault::kClient};
constexpr ErrorKind kMalformedTrailer{"MalformedTrailerError", 400, Fault::kClient};
constexpr ErrorKind kNotImplemented{"NotImplemented", 501, Fault::kServer};

struct Checksum {
  std::string_view header;
  std::string_view name;
  DigestAlgorithm algorithm;
  std::size_t size;
};

constexpr std::array<Checksum, 5> kChecksums{{
    {"x-amz-checksum-crc32", "CRC32", DigestAlgorithm::kCrc32, 4},
    {"x-amz-checksum-crc32c", "CRC32C", DigestAlgorithm::kCrc32c, 4},
    {"x-amz-checksum-crc64nvme", "CRC64NVME", DigestAlgorithm::kCrc64Nvme, 8},
    {"x-amz-checksum-sha1", "SHA1", DigestAlgorithm::kSha1, 20},
    {"x-amz-checksum-sha256", "SHA256", DigestAlgorithm::kSha256, 32},
}};
// Further algorithms of the service model, which this server does not compute.
constexpr std::array<std::string_view, 5> kUnknownChecksums{"x-amz-checksum-sha512", "x-amz-checksum-md5",
                                                            "x-amz-checksum-xxhash64", "x-amz-checksum-xxhash3",
                                                            "x-amz-checksum-xxhash128"};

const Checksum* FindChecksum(std::string_view header) {
  const auto found =
      std::find_if(kChecksums.begin(), kChecksums.end(), [header](const auto& row) { return row.header == header; });
  return found == kChecksums.end() ? nullptr : &*found;
}

void RefuseUnknown(std::string_view header) {
  if (std::find(kUnknownChecksums.begin(), kUnknownChecksums.end(), header) == kUnknownChecksums.end()) return;
  throw Error(
      kNotImplemented,
      fmt::format("The checksum in {} is not implemented. Use CRC32, CRC32C, CRC64NVME, SHA1 or SHA256.", header));
}

// CompleteMultipartUpload's checksums are of the object, not of the request.
bool ChecksumsAreOfTheBody(const HttpRequest& request) {
  if (request.method != "POST") return true;
  const auto query = ParseQuery(request.QueryString(), true);
  return std::none_of(query.begin(), query.end(), [](const auto& pair) { return pair.first == "uploadId"; });
}

std::string FromChecksumText(const Checksum& checksum, std::string_view text) {
  std::string value;
  if (!FromBase64(text, value) || value.size() != checksum.size) {
    throw Error(kInvalidDigest, fmt::format("Value for {} header is invalid.", checksum.header));
  }
  return value;
}

}  // namespace

PayloadCheck::PayloadCheck(const HttpRequest& request) {
  ExpectSha256(request);
  ExpectMd5(request);
  if (ChecksumsAreOfTheBody(request)) ExpectChecksums(request);
  ExpectTrailers(request);
}

void PayloadCheck::ExpectSha256(const HttpRequest& request) {
  // Empty is no way to leave a body unsigned: policies look for UNSIGNED-PAYLOAD.
  const auto text = AnnouncedPayload(request);
  if (!text || *text == kUnsignedPayload || text->starts_with("STREAMING-")) return;
  std::string value;
  if (!IsSha256Text(*text) || !FromHex(*text, value)) {
    throw Error(kInvalidArgument,
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
                "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 "
                "value.");
  }
  expectations_.push_back({"x-amz-content-sha256", "SHA256", std::move(value), Digest(DigestAlgorithm::kSha256)});
}

void PayloadCheck::ExpectMd5(const HttpRequest& request) {
  const auto text = request.headers.Get("content-md5");
  if (!text) return;
  std::string value;
  if (!FromBase64(*text, value) || value.size() != 16) {
    throw Error(kInvalidDigest, "The Content-MD5 you specified was invalid.");
  }
  expectations_.push_back({"content-md5", "Content-MD5", std::move(value), Digest(DigestAlgorithm::kMd5)});
}

void PayloadCheck::ExpectChecksums(const HttpRequest& request) {
  int count = 0;
  for (const auto& [name, value] : request.headers) {
    if (!name.starts_with("x-amz-checksum-")) continue;
    RefuseUnknown(name);
    const Checksum* const checksum = FindChecksum(name);
    if (checksum == nullptr) continue;  // x-amz-checksum-algorithm, -type, -mode.
    if (++count > 1) {
      throw Error(kInvalidRequest,
                  "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
    }
    expectations_.push_back({name, checksum->name, FromChecksumText(*checksum, value), Digest(checksum->algorithm)});
  }
}

void PayloadCheck::ExpectTrailers(const HttpRequest& request) {
  std::string_view names = request.headers.GetOr("x-amz-trailer", "");
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(','), names.size());
    std::string name(names.substr(0, end));
    names.remove_prefix(std::min(end + 1, names.size()));
    std::erase(name, ' ');
    RefuseUnknown(name);
    const Checksum* const checksum = FindChecksum(name);
    if (checksum == nullptr) {
      throw Error(kInvalidRequest, "The value specified in the x-amz-trailer header is not supported");
    }
    expectations_.push_back({name, checksum->name, std::nullopt, Digest(checksum->algorithm)});
  }
}

void PayloadCheck::Update(std::string_view bytes) {
  for (auto& expectation : expectations_) expectation.digest.Update(bytes);
}

// Each trailer was announced, and comes once: what nobody reads, nobody sends.
void PayloadCheck::CheckNames(const Headers& trailers) const {
  std::vector<std::string_view> open{"x-amz-trailer-signature"};
  for (const auto& expectation : expectations_) {
    if (!expectation.value) open.push_back(expectation.header);
  }
  for (const auto& [name, value] : trailers) {
    if (std::erase(open, name) == 0) {
      throw Error(kMalformedTrailer,
                  fmt::format("The trailer {} is not announced by x-amz-trailer, or comes twice.", name));
    }
  }
}

void PayloadCheck::Finish(const Headers& trailers) {
  CheckNames(trailers);
  for (auto& expectation : expectations_) {
    if (!expectation.value) {
      const auto text = trailers.Get(expectation.header);
      if (!text) {
        throw Error(kMalformedTrailer,
                    fmt::format("The trailer {} that x-amz-trailer announces is missing.", expectation.header));
      }
      expectation.value = FromChecksumText(*FindChecksum(expectation.header), *text);
    }
    if (expectation.digest.Finish() == *expectation.value) continue;
    if (expectation.header == "x-amz-content-sha256") {
      throw Error(kSha256Mismatch, "The provided 'x-amz-content-sha256' header does not match what was computed.");
    }
    if (expectation.header == "content-md5") {
      throw Error(kBadDigest, "The Content-MD5 you specified did not match what we received.");
    }
    throw Error(kBadDigest,
                fmt::format("The {} you specified did not match the calculated checksum.", expectation.algorithm));
  }
}

void CheckBody(const HttpRequest& request) {
  if (AnnouncedPayload(request).value_or("").starts_with("STREAMING-")) {
    throw Error(kInvalidRequest, "This operation takes no streamed body: send the whole body with its SHA-256.");
  }
  PayloadCheck check(request);
  check.Update(request.body);
  check.Finish();
}

}  // namespace sagebrush::wire
