#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

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

}  // namespace sagebrush
