#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/sha.h>

namespace sagebrush {

enum class DigestAlgorithm { kMd5, kSha1, kSha256, kCrc32, kCrc32c, kCrc64Nvme };

// A running digest over bytes fed in pieces. Not thread-safe.
// CRC values are big-endian bytes, as AWS's x-amz-checksum-* headers (base64 of them) carry them.
class Digest {
 public:
  explicit Digest(DigestAlgorithm algorithm);
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;

  void Update(std::string_view bytes);
  // Raw bytes of the value. Call once, last.
  std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Raw bytes.
std::string ComputeDigest(DigestAlgorithm algorithm, std::string_view bytes);
std::array<std::uint8_t, 32> Sha256(std::string_view bytes);
std::array<std::uint8_t, 32> HmacSha256(std::string_view key, std::string_view bytes);

// A key made ready for many HMAC-SHA256 computations: each saves hashing the two padded key blocks.
// Immutable once made, so safe to use from any thread.
class HmacSha256Key {
 public:
  explicit HmacSha256Key(std::string_view key);
  std::array<std::uint8_t, 32> Sign(std::string_view bytes) const;

 private:
  SHA256_CTX inner_;
  SHA256_CTX outer_;
};

// The bytes of an array, for functions that take text.
template <std::size_t kSize>
std::string_view AsText(const std::array<std::uint8_t, kSize>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), kSize};
}

// Whether two texts are equal, in a time that tells nothing of where they differ.
bool EqualInConstantTime(std::string_view a, std::string_view b);

}  // namespace sagebrush
