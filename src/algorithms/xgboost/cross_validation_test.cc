#include "algorithms/xgboost/cross_validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sagebrush::algorithms::xgboost {
namespace {

TEST(Folds, HoldOutEveryRowOnceAndKeepTheShareOfLabels) {
  std::vector<float> labels;
  for (int i = 0; i < 100; ++i) labels.push_back(i < 20 ? 1 : 0);
  std::vector<int> all;
  for (const auto& fold : MakeFolds(labels, 5, true, 0)) {
    EXPECT_EQ(fold.size(), 20u);
    EXPECT_EQ(
        std::count_if(fold.begin(), fold.end(), [&](int row) { return labels[static_cast<std::size_t>(row)] == 1; }),
        4);
    all.insert(all.end(), fold.begin(), fold.end());
  }
  std::sort(all.begin(), all.end());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)], i);
}

TEST(Folds, DependOnTheSeedOnly) {
  const std::vector<float> labels(50, 0);
  EXPECT_EQ(MakeFolds(labels, 3, false, 7), MakeFolds(labels, 3, false, 7));
  EXPECT_NE(MakeFolds(labels, 3, false, 7), MakeFolds(labels, 3, false, 8));
}

}  // namespace
}  // namespace sagebrush::algorithms::xgboost
