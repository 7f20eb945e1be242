#include "base/digest.h"

#include <gtest/gtest.h>

#include "base/crc.h"
#include "base/encoding.h"

namespace sagebrush {
namespace {

struct Vector {
  DigestAlgorithm algorithm;
  std::string_view text;
  std::string_view hex;
};

// RFC 1321, FIPS 180-4, and the check values ("123456789") of the CRC catalogue: CRC-32/ISO-HDLC, CRC-32/ISCSI,
// CRC-64/NVME.
constexpr Vector kVectors[] = {
    {DigestAlgorithm::kMd5, "abc", "900150983cd24fb0d6963f7d28e17f72"},
    {DigestAlgorithm::kSha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {DigestAlgorithm::kSha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {DigestAlgorithm::kCrc32, "123456789", "cbf43926"},
    {DigestAlgorithm::kCrc32c, "123456789", "e3069283"},
    {DigestAlgorithm::kCrc64Nvme, "123456789", "ae8b14860a799888"},
    {DigestAlgorithm::kCrc32, "", "00000000"},
    {DigestAlgorithm::kCrc64Nvme, "", "0000000000000000"},
};

TEST(Digest, MatchesPublishedVectors) {
  for (const auto& vector : kVectors) {
    EXPECT_EQ(ToHex(ComputeDigest(vector.algorithm, vector.text)), vector.hex) << vector.text;
  }
}

TEST(Digest, DoesNotDependOnHowTheBytesAreCut) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += static_cast<char>(i * 31 + i / 7);
  for (const auto& vector : kVectors) {
    const std::string whole = ComputeDigest(vector.algorithm, text);
    for (const std::size_t cut : {1u, 7u, 8u, 13u, 999u}) {
      Digest digest(vector.algorithm);
      digest.Update(std::string_view(text).substr(0, cut));
      digest.Update(std::string_view(text).substr(cut));
      EXPECT_EQ(digest.Finish(), whole);
    }
  }
}

TEST(Crc, GivesTheSameWithAndWithoutFoldingInAnyPieces) {
  std::string text;
  for (int i = 0; i < 700; ++i) text += static_cast<char>(i * i * 31 + i);
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const std::string_view piece = std::string_view(text).substr(0, size);
    ASSERT_EQ(Crc32(0, piece), Crc32ByTable(0, piece)) << size;
    ASSERT_EQ(Crc64Nvme(0, piece), Crc64NvmeByTable(0, piece)) << size;
    const std::string_view rest = std::string_view(text).substr(size);
    ASSERT_EQ(Crc32(Crc32(0, piece), rest), Crc32ByTable(0, text)) << size;
    ASSERT_EQ(Crc64Nvme(Crc64Nvme(0, piece), rest), Crc64NvmeByTable(0, text)) << size;
  }
}

// RFC 3720, appendix B.4.
TEST(Crc32c, GivesThePublishedValues) {
  EXPECT_EQ(Crc32c(0, std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(Crc32c(0, std::string(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(Crc32c(Crc32c(0, "12345"), "6789"), 0xe3069283U);
}

TEST(Crc32c, GivesTheSameWithAndWithoutTheInstruction) {
  std::string text;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(Crc32c(0, text), Crc32cByTable(0, text));
    text += static_cast<char>(i * 37);
  }
}

TEST(HmacSha256, MatchesRfc4231) {
  EXPECT_EQ(ToHex(AsText(HmacSha256("Jefe", "what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      ToHex(AsText(HmacSha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"))),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(ConstantTimeComparison, ComparesContents) {
  EXPECT_TRUE(EqualInConstantTime("abc", "abc"));
  EXPECT_FALSE(EqualInConstantTime("abc", "abd"));
  EXPECT_FALSE(EqualInConstantTime("abc", "abcd"));
}

}  // namespace
}  // namespace sagebrush
