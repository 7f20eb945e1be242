#include "algorithms/data/mini_batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sagebrush::algorithms {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class MiniBatchesTest : public testing::Test {
 protected:
  void Write(const std::string& file, std::string_view text) { WriteFileDurably(directory_.path() / file, text); }
  Channel ChannelOf(DataFormat format) const {
    return {.name = "train", .directory = directory_.path(), .format = format, .labels = Labels::kNone};
  }
  static std::vector<std::vector<float>> All(MiniBatches& batches) {
    std::vector<std::vector<float>> all;
    for (auto batch = batches.Next(); !batch.empty(); batch = batches.Next()) {
      all.emplace_back(batch.begin(), batch.end());
    }
    return all;
  }
  std::string Refusal(std::size_t columns) {
    MiniBatches batches(ChannelOf(DataFormat::kCsv), columns, 2, 1);
    try {
      All(batches);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

 private:
  TemporaryDirectory directory_;
};

TEST_F(MiniBatchesTest, AreOfOneSizeAcrossFiles) {
  Write("a.csv", "1,2\n3,4\n5,6\n");
  Write("b.csv", "\n7,8\n");
  Write("c.csv", "");
  Write("d.csv", "9,10");
  MiniBatches batches(ChannelOf(DataFormat::kCsv), 2, 2, 1);
  const std::vector<std::vector<float>> expected{{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10}};
  EXPECT_EQ(All(batches), expected);
  batches.Rewind();
  EXPECT_EQ(All(batches), expected);
  MiniBatches larger(ChannelOf(DataFormat::kCsv), 2, 100, 1);
  EXPECT_THAT(All(larger), ElementsAre(ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)));
}

TEST_F(MiniBatchesTest, FillSparseRowsWithZeros) {
  Write("a", "1:5\n0:1 2:7\n");
  MiniBatches batches(ChannelOf(DataFormat::kLibsvm), 3, 2, 1);
  EXPECT_THAT(All(batches), ElementsAre(ElementsAre(0, 5, 0, 1, 0, 7)));
}

TEST_F(MiniBatchesTest, SayWhatIsMissing) {
  EXPECT_THAT(Refusal(2), HasSubstr("No data in train channel path"));
  Write("a.csv", "1,2\n3,4\n5,\n");
  EXPECT_EQ(Refusal(2), "Row 3 of the train channel has no value for its feature 2: every row needs all features.");
  EXPECT_EQ(Refusal(3), "The rows of the train channel have 2 features and feature_dim is 3.");
}

}  // namespace
}  // namespace sagebrush::algorithms
