#include "objects/checksums.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace sagebrush::objects {
namespace {

TEST(ChecksumsTest, CombineOfCrcsIsTheCrcOfTheJoinedBytes) {
  const std::string a(1000, 'a'), b(12'345, 'b');
  for (const auto algorithm : {DigestAlgorithm::kCrc32, DigestAlgorithm::kCrc32c, DigestAlgorithm::kCrc64Nvme}) {
    EXPECT_EQ(CombineCrc(algorithm, ComputeDigest(algorithm, a), ComputeDigest(algorithm, b), b.size()),
              ComputeDigest(algorithm, a + b));
  }
}

TEST(ChecksumsTest, LargeObjectsHaveTheSameDigestsAsSmallOnes) {
  const std::string piece(100'000, 'd');
  ObjectDigests digests(DigestAlgorithm::kSha256, ObjectDigests::Etag::kMd5);
  std::string all;
  for (int i = 0; i < 60; ++i) {
    digests.Update(piece);
    all += piece;
    digests.Update("x");
    all += "x";
  }
  EXPECT_EQ(digests.FinishEtag(), ToHex(ComputeDigest(DigestAlgorithm::kMd5, all)));
  EXPECT_EQ(digests.FinishChecksum("").value, ComputeDigest(DigestAlgorithm::kSha256, all));
}

}  // namespace
}  // namespace sagebrush::objects
