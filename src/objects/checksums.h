#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "objects/object.h"

namespace sagebrush::objects {

// S3's name of a checksum algorithm, "CRC32", "CRC64NVME", "SHA256"; nullopt: none that we compute.
std::string_view NameOf(DigestAlgorithm algorithm);
std::optional<DigestAlgorithm> AlgorithmNamed(std::string_view name);
bool IsCrc(DigestAlgorithm algorithm);

// The CRC of two byte strings joined, from the CRC of each and the second's length, without the bytes.
// `algorithm` must be a CRC; values are raw big-endian bytes as Digest returns them.
std::string CombineCrc(DigestAlgorithm algorithm, std::string_view first, std::string_view second,
                       std::uint64_t second_size);

// The digests that an object gets, fed once. Not thread-safe.
// MD5 cannot be computed in parallel and is the slowest part of taking in a large object, so behind the first bytes it
// gets a thread of its own, which ends with the object and for which nobody waits before.
class ObjectDigests {
 public:
  enum class Etag { kMd5, kRandom };  // kRandom: it tells nothing of the bytes, and costs nothing.
  ObjectDigests(DigestAlgorithm checksum, Etag etag);
  ~ObjectDigests();
  ObjectDigests(const ObjectDigests&) = delete;

  void Update(std::string_view bytes);
  std::uint64_t size() const { return size_; }
  // Call once each, last. The etag is 32 hex digits.
  std::string FinishEtag();
  // Throws Error(kBadDigest) unless `expected`, raw bytes, is empty or equal.
  Checksum FinishChecksum(std::string_view expected);

 private:
  class Md5Thread;

  DigestAlgorithm algorithm_;
  std::optional<Digest> md5_;  // nullopt: the etag is random.
  Digest checksum_;
  std::uint64_t size_ = 0;
  std::unique_ptr<Md5Thread> thread_;
};

// What the entity tag of an object, or of a part, is made of.
inline ObjectDigests::Etag EtagOf(const Encryption& encryption) {
  return encryption.HasMd5Etag() ? ObjectDigests::Etag::kMd5 : ObjectDigests::Etag::kRandom;
}

}  // namespace sagebrush::objects
