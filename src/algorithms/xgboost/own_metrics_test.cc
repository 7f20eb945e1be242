#include "algorithms/xgboost/own_metrics.h"

#include <gtest/gtest.h>

#include "algorithms/algorithm.h"

namespace sagebrush::algorithms::xgboost {
namespace {

// Expected values: scikit-learn 1.9.1, accuracy_score, f1_score(average=...), ... on the same arrays.
const std::vector<float> kLabels{0, 0, 0, 1, 1, 2, 2, 2, 2};
const std::vector<float> kClasses{0, 0, 1, 1, 2, 2, 2, 0, 2};

double Of(std::string_view name, std::vector<float> labels = kLabels, std::vector<float> classes = kClasses) {
  return ComputeOwnMetric(name, {.labels = labels, .values = classes, .classes = classes});
}

TEST(OwnMetrics, AreThoseOfScikitLearnForSeveralClasses) {
  EXPECT_DOUBLE_EQ(Of("accuracy"), 6.0 / 9);
  EXPECT_DOUBLE_EQ(Of("balanced_accuracy"), (2.0 / 3 + 1.0 / 2 + 3.0 / 4) / 3);
  EXPECT_DOUBLE_EQ(Of("f1"), (2.0 / 3 + 0.5 + 0.75) / 3);
  EXPECT_DOUBLE_EQ(Of("f1_macro"), Of("f1"));
  EXPECT_DOUBLE_EQ(Of("precision_macro"), (2.0 / 3 + 0.5 + 0.75) / 3);
  EXPECT_DOUBLE_EQ(Of("precision_micro"), 6.0 / 9);
  EXPECT_DOUBLE_EQ(Of("recall_micro"), 6.0 / 9);
}

TEST(OwnMetrics, AreThoseOfClassOneForTwoClasses) {
  const std::vector<float> labels{0, 0, 1, 1, 1}, classes{0, 1, 1, 1, 0};
  EXPECT_DOUBLE_EQ(Of("precision", labels, classes), 2.0 / 3);
  EXPECT_DOUBLE_EQ(Of("recall", labels, classes), 2.0 / 3);
  EXPECT_DOUBLE_EQ(Of("f1_binary", labels, classes), 2.0 / 3);
}

TEST(OwnMetrics, RefuseClassOneOfSeveralClasses) { EXPECT_THROW(Of("precision"), Error); }

TEST(OwnMetrics, MeasureRegressions) {
  const std::vector<float> labels{3, -0.5f, 2, 7}, values{2.5f, 0, 2, 8};
  EXPECT_DOUBLE_EQ(Of("mse", labels, values), 0.375);
  EXPECT_NEAR(Of("r2", labels, values), 0.9486081370449679, 1e-12);
}

TEST(ClassesOfMargins, AreTheLargestOrTheSign) {
  EXPECT_EQ(ClassesOfMargins(std::vector<float>{-1, 0, 2}, 1), (std::vector<float>{0, 0, 1}));
  EXPECT_EQ(ClassesOfMargins(std::vector<float>{1, 3, 2, 5, 0, 0}, 3), (std::vector<float>{1, 0}));
}

}  // namespace
}  // namespace sagebrush::algorithms::xgboost
