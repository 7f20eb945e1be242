#include "objects/segment_stream.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/id.h"

namespace sagebrush::objects {
namespace {

constexpr std::uint64_t kTagSize = GcmCipher::kTagSize;
constexpr std::uint64_t kTextSize = kSegmentSize - kTagSize;
constexpr std::uint64_t kFirstTextSize = kTextSize - kStreamHeaderSize;
constexpr std::size_t kNoncePrefixSize = 7;
// More than one write's worth of stored bytes is never held back.
constexpr std::size_t kOutputMax = 256 << 10;

// <size of the header> <salt> <nonce prefix>
std::string NewHeader() {
  return static_cast<char>(kStreamHeaderSize) + RandomBytes(SecretKey::kSize + kNoncePrefixSize);
}

std::string_view SaltOf(std::string_view header) { return header.substr(1, SecretKey::kSize); }
std::string_view NoncePrefixOf(std::string_view header) { return header.substr(1 + SecretKey::kSize); }

std::uint64_t SegmentCount(std::uint64_t size) {
  return size <= kFirstTextSize ? 1 : 1 + (size - kFirstTextSize + kTextSize - 1) / kTextSize;
}

// <prefix> <number, 4 bytes big-endian> <1 for the last, else 0>
std::array<char, GcmCipher::kNonceSize> NonceOf(std::string_view prefix, std::uint64_t segment, bool last) {
  std::array<char, GcmCipher::kNonceSize> nonce{};
  prefix.copy(nonce.data(), kNoncePrefixSize);
  for (std::size_t i = 0; i < 4; ++i) nonce[kNoncePrefixSize + i] = static_cast<char>(segment >> (24 - 8 * i) & 255);
  nonce.back() = last ? 1 : 0;
  return nonce;
}

template <std::size_t kSize>
std::string_view View(const std::array<char, kSize>& bytes) {
  return {bytes.data(), kSize};
}

}  // namespace

std::uint64_t EncryptedSize(std::uint64_t size) { return kStreamHeaderSize + size + SegmentCount(size) * kTagSize; }

std::uint64_t SegmentAt(std::uint64_t offset) {
  return offset < kFirstTextSize ? 0 : 1 + (offset - kFirstTextSize) / kTextSize;
}

std::uint64_t SegmentTextBegin(std::uint64_t segment) {
  return segment == 0 ? 0 : kFirstTextSize + (segment - 1) * kTextSize;
}

std::uint64_t SegmentStoredBegin(std::uint64_t segment) {
  return segment == 0 ? kStreamHeaderSize : segment * kSegmentSize;
}

SegmentEncryptor::SegmentEncryptor(const SecretKey& key, std::string_view associated, Sink sink)
    : SegmentEncryptor(key, associated, std::move(sink), NewHeader()) {}

SegmentEncryptor::SegmentEncryptor(const SecretKey& key, std::string_view associated, Sink sink,
                                   const std::string& header)
    : sink_(std::move(sink)),
      nonce_prefix_(NoncePrefixOf(header)),
      cipher_(DeriveKey(key, SaltOf(header), associated)),
      output_(header) {}

std::size_t SegmentEncryptor::Room() const { return segment_ == 0 ? kFirstTextSize : kTextSize; }

void SegmentEncryptor::Append(std::string_view text) {
  while (!text.empty()) {
    if (pending_.size() == Room()) {
      Encrypt(pending_, false);
      pending_.clear();
    }
    if (pending_.empty() && text.size() > Room()) {  // More follows for sure: no copy is needed.
      const std::size_t taken = Room();
      Encrypt(text.substr(0, taken), false);
      text.remove_prefix(taken);
      continue;
    }
    const std::size_t taken = std::min(text.size(), Room() - pending_.size());
    pending_ += text.substr(0, taken);
    text.remove_prefix(taken);
  }
}

void SegmentEncryptor::Finish() {
  Encrypt(pending_, true);
  Flush();
}

void SegmentEncryptor::Encrypt(std::string_view text, bool last) {
  if (segment_ > UINT32_MAX)
    throw Error(kInternalFailure, "An encrypted object has more segments than can be numbered.");
  const std::size_t begin = output_.size();
  output_.resize(begin + text.size() + kTagSize);
  cipher_.Encrypt(View(NonceOf(nonce_prefix_, segment_, last)), "", text, output_.data() + begin);
  ++segment_;
  if (output_.size() >= kOutputMax) Flush();
}

void SegmentEncryptor::Flush() {
  sink_(output_);
  output_.clear();
}

SegmentDecryptor::SegmentDecryptor(const SecretKey& key, std::string_view associated, std::string_view header,
                                   std::uint64_t size)
    : whole_(header.size() == kStreamHeaderSize && header[0] == static_cast<char>(kStreamHeaderSize)),
      nonce_prefix_(whole_ ? NoncePrefixOf(header) : ""),
      cipher_(DeriveKey(key, whole_ ? SaltOf(header) : "", associated)),
      size_(size),
      segments_(SegmentCount(size)) {}

std::size_t SegmentDecryptor::TextSize(std::uint64_t segment) const {
  const std::uint64_t end = segment + 1 == segments_ ? size_ : SegmentTextBegin(segment + 1);
  return end - SegmentTextBegin(segment);
}

bool SegmentDecryptor::Decrypt(std::uint64_t segment, std::string_view stored, char* text) {
  const bool last = segment + 1 == segments_;
  return whole_ && stored.size() == TextSize(segment) + kTagSize &&
         cipher_.Decrypt(View(NonceOf(nonce_prefix_, segment, last)), "", stored, text);
}

}  // namespace sagebrush::objects
