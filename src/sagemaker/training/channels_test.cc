#include "sagemaker/training/channels.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::sagemaker {
namespace {

TEST(PathInChannel, IsRelativeToTheLastFolderOfThePrefix) {
  EXPECT_EQ(PathInChannel("data/train", "data/train/a.csv"), "a.csv");
  EXPECT_EQ(PathInChannel("data/train/", "data/train/x/a.csv"), "x/a.csv");
  EXPECT_EQ(PathInChannel("data/train.csv", "data/train.csv"), "train.csv");
  EXPECT_EQ(PathInChannel("data/tr", "data/train.csv"), "train.csv");
  EXPECT_EQ(PathInChannel("data/tr", "data/train/a.csv"), "train/a.csv");
  EXPECT_EQ(PathInChannel("", "a.csv"), "a.csv");
}

TEST(PathInChannel, SkipsFolderMarkers) { EXPECT_EQ(PathInChannel("data/", "data/"), Path()); }

TEST(PathInChannel, RefusesToLeaveTheChannel) {
  EXPECT_THROW(PathInChannel("data/", "data/../../etc/passwd"), Error);
  EXPECT_EQ(PathInChannel("data", "data//etc/passwd"), "etc/passwd");
}

}  // namespace
}  // namespace sagebrush::sagemaker
