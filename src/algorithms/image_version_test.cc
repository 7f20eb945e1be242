#include "algorithms/image_version.h"

#include <gtest/gtest.h>

namespace sagebrush::algorithms {
namespace {

TEST(ImageVersion, IsReadFromTheTag) {
  EXPECT_EQ(ParseImageVersion("1.2-2"), (ImageVersion{1, 2, 2}));
  EXPECT_EQ(ParseImageVersion("0.90-1"), (ImageVersion{0, 90, 1}));
  EXPECT_EQ(ParseImageVersion("3.0"), (ImageVersion{3, 0, 0}));
}

TEST(ImageVersion, OfTheFirstImagesIs072) {
  EXPECT_EQ(ParseImageVersion("1"), (ImageVersion{0, 72, 0}));
  EXPECT_EQ(ParseImageVersion("latest"), (ImageVersion{0, 72, 0}));
}

TEST(ImageVersion, ComparesByNumbers) {
  EXPECT_LT(ParseImageVersion("1.2-1"), ParseImageVersion("1.2-2"));
  EXPECT_LT(ParseImageVersion("0.90-2"), ParseImageVersion("1.0-1"));
  EXPECT_GT(ParseImageVersion("1.10-1"), ParseImageVersion("1.7-1"));
}

TEST(ImageVersion, OfNoTagIsTheLatest) {
  EXPECT_GT(ParseImageVersion(""), ParseImageVersion("999.9-9"));
  EXPECT_GT(ParseImageVersion("newest"), ParseImageVersion("999.9-9"));
  EXPECT_GE(ParseImageVersion("99999999999999999999"), (ImageVersion{0, 0, 0}));
}

}  // namespace
}  // namespace sagebrush::algorithms
