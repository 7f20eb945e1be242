#include "objects/segment_stream.h"

#include <gtest/gtest.h>

#include <random>

#include "base/encoding.h"
#include "base/id.h"

namespace sagebrush::objects {
namespace {

constexpr std::uint64_t kFirst = kSegmentSize - kStreamHeaderSize - GcmCipher::kTagSize;  // Text of the first segment.
constexpr std::uint64_t kOther = kSegmentSize - GcmCipher::kTagSize;                      // Of any other.

std::string Text(std::uint64_t size) {
  std::string text(size, '\0');
  std::mt19937 random(7);
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

std::string Encrypted(const SecretKey& key, std::string_view name, std::string_view text, std::size_t piece = 100'000) {
  std::string stored;
  SegmentEncryptor encryptor(key, name, [&](std::string_view bytes) { stored += bytes; });
  for (std::size_t at = 0; at < text.size(); at += piece) encryptor.Append(text.substr(at, piece));
  encryptor.Finish();
  return stored;
}

// nullopt: not what was written.
std::optional<std::string> Decrypted(const SecretKey& key, std::string_view name, std::string_view stored,
                                     std::uint64_t size) {
  SegmentDecryptor decryptor(key, name, stored.substr(0, kStreamHeaderSize), size);
  std::string text(size, '\0');
  for (std::uint64_t i = 0; i < decryptor.segments(); ++i) {
    const std::uint64_t begin = SegmentStoredBegin(i);
    if (begin > stored.size()) return std::nullopt;
    const std::string_view segment = stored.substr(begin, decryptor.TextSize(i) + GcmCipher::kTagSize);
    if (!decryptor.Decrypt(i, segment, text.data() + SegmentTextBegin(i))) return std::nullopt;
  }
  return text;
}

class SegmentStream : public testing::Test {
 protected:
  const SecretKey key_ = SecretKey::Random();
};

TEST_F(SegmentStream, GivesBackTextsOfEverySizeAroundItsBorders) {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, kFirst - 1, kFirst, kFirst + 1,
                                   kFirst + kOther - 1, kFirst + kOther, kFirst + kOther + 1, kFirst + 3 * kOther}) {
    for (const std::size_t piece : {std::size_t{1000}, std::size_t{kOther}, std::size_t{1 << 20}}) {
      const std::string text = Text(size), stored = Encrypted(key_, "object", text, piece);
      EXPECT_EQ(stored.size(), EncryptedSize(size)) << size;
      EXPECT_EQ(Decrypted(key_, "object", stored, size), text) << size;
    }
  }
}

TEST_F(SegmentStream, CountsInMoreThanThirtyTwoBits) {
  constexpr std::uint64_t kSize = std::uint64_t{5} << 40;  // The largest object.
  const std::uint64_t last = SegmentAt(kSize - 1);
  EXPECT_EQ(last, 1 + (kSize - kFirst - 1) / kOther);
  EXPECT_LE(last, UINT32_MAX);
  EXPECT_LE(SegmentTextBegin(last), kSize - 1);
  EXPECT_GT(SegmentTextBegin(last + 1), kSize - 1);
  EXPECT_EQ(EncryptedSize(kSize), SegmentStoredBegin(last) + kSize - SegmentTextBegin(last) + GcmCipher::kTagSize);
  EXPECT_EQ(SegmentAt(SegmentTextBegin(100'000)), 100'000u);
  EXPECT_EQ(SegmentAt(SegmentTextBegin(100'000) - 1), 99'999u);
}

// Computed step by step from the document that the header names (HMAC, AES blocks, GHASH), not with this code:
// key 00..1f, salt 20..3f, nonce prefix 40..46, associated data "object", text "text".
TEST_F(SegmentStream, IsTheOneOfTheDocument) {
  std::string key(32, '\0'), header(1, static_cast<char>(40)), sealed;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<char>(i);
  for (int i = 0x20; i < 0x47; ++i) header += static_cast<char>(i);
  ASSERT_TRUE(FromHex("2c72418173075d578d21dc6e6f2a5ed81b39c985", sealed));
  EXPECT_EQ(Decrypted(SecretKey(key), "object", header + sealed, 4), "text");
}

TEST_F(SegmentStream, LetsNoBitBeChanged) {
  const std::string stored = Encrypted(key_, "object", Text(20));
  for (std::size_t bit = 0; bit < stored.size() * 8; ++bit) {
    std::string changed = stored;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(Decrypted(key_, "object", changed, 20), std::nullopt) << bit;
  }
}

TEST_F(SegmentStream, LetsNoSegmentBeMovedLeftOutOrAdded) {
  const std::uint64_t size = kFirst + 3 * kOther;
  const std::string stored = Encrypted(key_, "object", Text(size));
  std::string swapped = stored;
  std::swap_ranges(swapped.begin() + kSegmentSize, swapped.begin() + 2 * kSegmentSize,
                   swapped.begin() + 2 * kSegmentSize);
  EXPECT_EQ(Decrypted(key_, "object", swapped, size), std::nullopt);
  // Whatever its size is said to be: the last segment is marked as such.
  EXPECT_EQ(Decrypted(key_, "object", stored.substr(0, 3 * kSegmentSize), size - kOther), std::nullopt);
  EXPECT_EQ(Decrypted(key_, "object", stored.substr(0, 3 * kSegmentSize), size), std::nullopt);
  EXPECT_EQ(Decrypted(key_, "object", stored + stored.substr(kSegmentSize, kSegmentSize), size + kOther), std::nullopt);
  EXPECT_EQ(Decrypted(key_, "object", stored, size - 1), std::nullopt);
}

TEST_F(SegmentStream, IsBoundToItsKeyNameAndHeader) {
  const std::uint64_t size = kFirst + kOther;
  const std::string text = Text(size), one = Encrypted(key_, "part 1", text), two = Encrypted(key_, "part 2", text);
  EXPECT_EQ(Decrypted(key_, "part 2", one, size), std::nullopt);
  EXPECT_EQ(Decrypted(SecretKey::Random(), "part 1", one, size), std::nullopt);
  const std::string again = Encrypted(key_, "part 1", text);
  EXPECT_NE(one.substr(kSegmentSize), again.substr(kSegmentSize));
  EXPECT_EQ(Decrypted(key_, "part 1", one.substr(0, kSegmentSize) + again.substr(kSegmentSize), size), std::nullopt);
}

}  // namespace
}  // namespace sagebrush::objects
