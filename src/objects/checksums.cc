#include "objects/checksums.h"

#include <array>
#include <cassert>
#include <semaphore>
#include <thread>

#include "base/encoding.h"
#include "base/id.h"
#include "objects/errors.h"

namespace sagebrush::objects {
namespace {

constexpr std::array<std::pair<std::string_view, DigestAlgorithm>, 5> kNames{{
    {"CRC32", DigestAlgorithm::kCrc32},
    {"CRC32C", DigestAlgorithm::kCrc32c},
    {"CRC64NVME", DigestAlgorithm::kCrc64Nvme},
    {"SHA1", DigestAlgorithm::kSha1},
    {"SHA256", DigestAlgorithm::kSha256},
}};

// A CRC as polynomials over GF(2) with bits reflected: the highest bit of `width` is x^0.
struct CrcField {
  int width;
  std::uint64_t polynomial;  // Reflected.

  std::uint64_t One() const { return std::uint64_t{1} << (width - 1); }

  std::uint64_t TimesX(std::uint64_t a) const { return (a >> 1) ^ ((a & 1) != 0 ? polynomial : 0); }

  std::uint64_t Times(std::uint64_t a, std::uint64_t b) const {
    std::uint64_t product = 0;
    for (std::uint64_t bit = One(); bit != 0; bit >>= 1) {
      if ((a & bit) != 0) product ^= b;
      b = TimesX(b);
    }
    return product;
  }

  // x^(8 * bytes) modulo the polynomial, by squaring.
  std::uint64_t PowerOfBytes(std::uint64_t bytes) const {
    std::uint64_t power = One();
    for (int i = 0; i < 8; ++i) power = TimesX(power);
    std::uint64_t result = One();
    for (; bytes != 0; bytes >>= 1) {
      if ((bytes & 1) != 0) result = Times(result, power);
      power = Times(power, power);
    }
    return result;
  }
};

CrcField FieldOf(DigestAlgorithm algorithm) {
  if (algorithm == DigestAlgorithm::kCrc32) return {32, 0xEDB88320u};
  if (algorithm == DigestAlgorithm::kCrc32c) return {32, 0x82F63B78u};
  assert(algorithm == DigestAlgorithm::kCrc64Nvme);
  return {64, 0x9A6C9329AC4BC9B5ull};
}

std::uint64_t FromBigEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::string ToBigEndian(std::uint64_t value, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = size; i-- > 0; value >>= 8) bytes[i] = static_cast<char>(value & 255);
  return bytes;
}

}  // namespace

std::string_view NameOf(DigestAlgorithm algorithm) {
  for (const auto& [name, value] : kNames) {
    if (value == algorithm) return name;
  }
  return "MD5";
}

std::optional<DigestAlgorithm> AlgorithmNamed(std::string_view name) {
  for (const auto& [known, value] : kNames) {
    if (known == name) return value;
  }
  return std::nullopt;
}

bool IsCrc(DigestAlgorithm algorithm) {
  return algorithm == DigestAlgorithm::kCrc32 || algorithm == DigestAlgorithm::kCrc32c ||
         algorithm == DigestAlgorithm::kCrc64Nvme;
}

// The start value and final complement cancel out in crc(ab) = crc(a) * x^(8|b|) + crc(b).
std::string CombineCrc(DigestAlgorithm algorithm, std::string_view first, std::string_view second,
                       std::uint64_t second_size) {
  const CrcField field = FieldOf(algorithm);
  const std::uint64_t shifted = field.Times(FromBigEndian(first), field.PowerOfBytes(second_size));
  return ToBigEndian(shifted ^ FromBigEndian(second), first.size());
}

// Feeds pieces to a digest, of which a few may wait, each copied: that costs a twentieth of the digest.
class ObjectDigests::Md5Thread {
 public:
  explicit Md5Thread(Digest& digest) : digest_(digest), thread_([this] { Run(); }) {}
  // All pieces are in the digest on return.
  ~Md5Thread() {
    Give({});
    thread_.join();
  }

  // Waits while too many are waiting. Without bytes it is the last one.
  void Give(std::string_view bytes) {
    free_.acquire();
    pieces_[given_count_++ % pieces_.size()].assign(bytes);
    given_.release();
  }

 private:
  static constexpr std::size_t kPieces = 2;

  void Run() {
    for (std::size_t taken = 0;; ++taken) {
      given_.acquire();
      const std::string& piece = pieces_[taken % pieces_.size()];
      if (piece.empty()) return;
      digest_.Update(piece);
      free_.release();
    }
  }

  Digest& digest_;
  std::array<std::string, kPieces> pieces_;
  std::size_t given_count_ = 0;
  std::counting_semaphore<kPieces> free_{kPieces}, given_{0};
  std::thread thread_;
};

ObjectDigests::ObjectDigests(DigestAlgorithm checksum, Etag etag) : algorithm_(checksum), checksum_(checksum) {
  if (etag == Etag::kMd5) md5_.emplace(DigestAlgorithm::kMd5);
}

ObjectDigests::~ObjectDigests() = default;

void ObjectDigests::Update(std::string_view bytes) {
  constexpr std::uint64_t kThreadAbove = 1 << 20;  // Below, starting a thread costs more than it gains.
  size_ += bytes.size();
  checksum_.Update(bytes);
  if (!md5_ || bytes.empty()) return;
  if (!thread_ && size_ > kThreadAbove) thread_ = std::make_unique<Md5Thread>(*md5_);
  if (thread_) return thread_->Give(bytes);
  md5_->Update(bytes);
}

std::string ObjectDigests::FinishEtag() {
  thread_.reset();
  return ToHex(md5_ ? md5_->Finish() : RandomBytes(16));
}

Checksum ObjectDigests::FinishChecksum(std::string_view expected) {
  Checksum checksum{algorithm_, checksum_.Finish()};
  if (!expected.empty() && checksum.value != expected) {
    throw Error(kBadDigest, fmt::format("The {} you specified ({}) did not match the calculated checksum ({}).",
                                        NameOf(algorithm_), ToBase64(expected), ToBase64(checksum.value)));
  }
  return checksum;
}

}  // namespace sagebrush::objects
