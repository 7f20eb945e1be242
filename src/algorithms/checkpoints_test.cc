#include "algorithms/checkpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "algorithms/algorithm.h"

namespace sagebrush::algorithms {
namespace {

class CheckpointsTest : public testing::Test {
 protected:
  const Path& directory() const { return directory_.path(); }
  Checkpoints Of(std::string_view algorithm) const { return {directory(), algorithm}; }
  std::vector<int> Rounds() const {
    std::vector<int> rounds;
    for (const Checkpoints::Checkpoint& checkpoint : Of("xgboost").List()) rounds.push_back(checkpoint.round);
    return rounds;
  }

 private:
  TemporaryDirectory directory_;
};

TEST_F(CheckpointsTest, AreTheNewestFive) {
  for (int round = 7; round < 14; ++round) Of("xgboost").Save(round, "model");
  EXPECT_THAT(Rounds(), testing::ElementsAre(13, 12, 11, 10, 9));
}

TEST_F(CheckpointsTest, AreFilesOfTheirOwnNamesOnly) {
  for (const char* name : {"xgboost-checkpoint.x", "xgboost-checkpoint.-1", "xgboost-checkpoint.1.sagemaker-uploaded",
                           "xgboost-checkpoint.99999999999", "notes"}) {
    WriteWholeFile(directory() / name, "");
  }
  Of("linear").Save(3, "model");
  Of("xgboost").Save(2, "model");
  EXPECT_THAT(Rounds(), testing::ElementsAre(2));
}

TEST_F(CheckpointsTest, GoOnFromTheNewestThatCanBeRead) {
  for (const int round : {1, 2, 3}) Of("xgboost").Save(round, round == 3 ? "damaged" : "good");
  std::vector<std::string> tried;
  const auto resumed = Of("xgboost").Resume([&](const std::string& bytes) {
    tried.push_back(bytes);
    if (bytes != "good") throw Error(kClientError, "no model");
  });
  EXPECT_EQ(resumed, 2);
  EXPECT_THAT(tried, testing::ElementsAre("damaged", "good"));
}

TEST_F(CheckpointsTest, MayBeNone) {
  EXPECT_EQ(Of("xgboost").Resume([](const std::string&) { FAIL(); }), std::nullopt);
}

}  // namespace
}  // namespace sagebrush::algorithms
