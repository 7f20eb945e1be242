// OpenSSL's one-call EVP interface costs 0.5 us of look-ups per digest; the low-level SHA256_* functions, deprecated in
// name only, are what keeps a signature check near 1 us.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/digest.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "base/crc.h"
#include "base/error.h"

namespace sagebrush {
namespace {

const EVP_MD* ToEvp(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::kMd5:
      return EVP_md5();
    case DigestAlgorithm::kSha1:
      return EVP_sha1();
    case DigestAlgorithm::kSha256:
      return EVP_sha256();
    default:
      return nullptr;
  }
}

template <typename Integer>
std::string BigEndian(Integer value) {
  std::string out(sizeof value, '\0');
  for (std::size_t i = 0; i < sizeof value; ++i) {
    out[i] = static_cast<char>(value >> (8 * (sizeof value - 1 - i)) & 0xff);
  }
  return out;
}

}  // namespace

struct Digest::State {
  DigestAlgorithm algorithm;
  std::uint64_t crc = 0;
  EVP_MD_CTX* evp = nullptr;
  ~State() { EVP_MD_CTX_free(evp); }
};

Digest::Digest(DigestAlgorithm algorithm) : state_(std::make_unique<State>()) {
  state_->algorithm = algorithm;
  const EVP_MD* evp = ToEvp(algorithm);
  if (evp == nullptr) return;
  state_->evp = EVP_MD_CTX_new();
  if (state_->evp == nullptr || EVP_DigestInit_ex(state_->evp, evp, nullptr) != 1) {
    throw Error(kInternalFailure, "OpenSSL refused to start a digest.");
  }
}

Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

void Digest::Update(std::string_view bytes) {
  switch (state_->algorithm) {
    case DigestAlgorithm::kCrc32:
      state_->crc = Crc32(static_cast<std::uint32_t>(state_->crc), bytes);
      break;
    case DigestAlgorithm::kCrc32c:
      state_->crc = Crc32c(static_cast<std::uint32_t>(state_->crc), bytes);
      break;
    case DigestAlgorithm::kCrc64Nvme:
      state_->crc = Crc64Nvme(state_->crc, bytes);
      break;
    default:
      EVP_DigestUpdate(state_->evp, bytes.data(), bytes.size());
  }
}

std::string Digest::Finish() {
  if (state_->algorithm == DigestAlgorithm::kCrc64Nvme) return BigEndian(state_->crc);
  if (state_->evp == nullptr) return BigEndian(static_cast<std::uint32_t>(state_->crc));
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  EVP_DigestFinal_ex(state_->evp, reinterpret_cast<unsigned char*>(out.data()), &size);
  out.resize(size);
  return out;
}

std::string ComputeDigest(DigestAlgorithm algorithm, std::string_view bytes) {
  if (algorithm == DigestAlgorithm::kSha256) return std::string(AsText(Sha256(bytes)));
  Digest digest(algorithm);
  digest.Update(bytes);
  return digest.Finish();
}

std::array<std::uint8_t, 32> Sha256(std::string_view bytes) {
  std::array<std::uint8_t, 32> out;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(out.data(), &context);
  return out;
}

std::array<std::uint8_t, 32> HmacSha256(std::string_view key, std::string_view bytes) {
  return HmacSha256Key(key).Sign(bytes);
}

HmacSha256Key::HmacSha256Key(std::string_view key) {
  std::array<std::uint8_t, SHA256_CBLOCK> block{};
  if (key.size() > block.size()) {
    const auto digest = Sha256(key);
    std::copy(digest.begin(), digest.end(), block.begin());
  } else {
    std::memcpy(block.data(), key.data(), key.size());
  }
  const auto start = [&block](std::uint8_t pad, SHA256_CTX& context) {
    for (auto& byte : block) byte ^= pad;
    SHA256_Init(&context);
    SHA256_Update(&context, block.data(), block.size());
    for (auto& byte : block) byte ^= pad;
  };
  start(0x36, inner_);
  start(0x5c, outer_);
  OPENSSL_cleanse(block.data(), block.size());
}

std::array<std::uint8_t, 32> HmacSha256Key::Sign(std::string_view bytes) const {
  std::array<std::uint8_t, 32> out;
  SHA256_CTX context = inner_;
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(out.data(), &context);
  context = outer_;
  SHA256_Update(&context, out.data(), out.size());
  SHA256_Final(out.data(), &context);
  return out;
}

bool EqualInConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace sagebrush
