#include "algorithms/xgboost/selected_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace sagebrush::algorithms::xgboost {
namespace {

using testing::ElementsAre;

struct Selected {
  AnswerShape shape;
  std::vector<double> numbers;
};

Selected Select(std::string_view objective, std::vector<std::string> keys, std::vector<float> row, int classes = 0) {
  const SelectedOutput selected(keys, objective, classes, row.size());
  Selected result{selected.Shape(false), {}};
  result.numbers.resize(result.shape.width());
  EXPECT_EQ(selected.Select(row, result.numbers.data()), result.numbers.data() + result.numbers.size());
  return result;
}

// docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html and serve_utils.py of AWS's container: keys and what they hold.
TEST(SelectedOutput, OfBinaryClassification) {
  const Selected selected =
      Select("binary:logistic", {"predicted_label", "labels", "probability", "probabilities"}, {0.75F});
  EXPECT_THAT(selected.numbers, ElementsAre(1, 0, 1, 0.75, 0.25, 0.75));
  const auto& fields = selected.shape.fields;
  EXPECT_TRUE(fields[0].integer && !fields[0].list);
  EXPECT_TRUE(fields[1].integer && fields[1].list);
  EXPECT_TRUE(!fields[2].integer && !fields[2].list);
  EXPECT_TRUE(!fields[3].integer && fields[3].list);
  EXPECT_THAT(Select("binary:logistic", {"predicted_label"}, {0.5F}).numbers, ElementsAre(0));
  EXPECT_THAT(Select("binary:logitraw", {"predicted_label", "raw_scores"}, {0.5F}).numbers, ElementsAre(1, 0.5, 0.5));
}

// 1 - p in double, as Python computes it.
TEST(SelectedOutput, TakesTheOtherClassFromOneInDouble) {
  const double p = static_cast<double>(0.3F);
  EXPECT_THAT(Select("binary:logistic", {"probabilities"}, {0.3F}).numbers, ElementsAre(1.0 - p, p));
}

TEST(SelectedOutput, OfMultiClass) {
  const Selected selected =
      Select("multi:softprob", {"predicted_label", "labels", "raw_scores"}, {0.25F, 0.5F, 0.25F}, 3);
  EXPECT_THAT(selected.numbers, ElementsAre(1, 0, 1, 2, 0.25, 0.5, 0.25));
  EXPECT_THAT(Select("multi:softmax", {"predicted_label", "labels"}, {2}, 3).numbers, ElementsAre(2, 0, 1, 2));
}

TEST(SelectedOutput, OfAKeyThatTheObjectiveDoesNotHaveIsNotANumber) {
  const Selected selected = Select("reg:squarederror", {"predicted_score", "probability"}, {2.5F});
  EXPECT_EQ(selected.numbers[0], 2.5);
  EXPECT_TRUE(std::isnan(selected.numbers[1]));
}

TEST(SelectedOutput, IsCheckedBeforeAModelIsServed) {
  EXPECT_THROW(Select("rank:pairwise", {"predicted_score"}, {1}), Error);
  try {
    Select("binary:logistic", {"predicted_label", "probabilty"}, {1});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string_view(error.what()),
              "SAGEMAKER_INFERENCE_OUTPUT names \"probabilty\", which is no output. Choose of predicted_label, labels, "
              "probability, probabilities, raw_score, raw_scores, predicted_score.");
  }
}

TEST(SelectedOutput, QuotesListsInCsvAndEndsTheLastLineInABatchTransform) {
  const std::vector<std::string> keys{"labels"};
  const SelectedOutput selected(keys, "binary:logistic", 0, 1);
  EXPECT_EQ(selected.Shape(false).csv.list_begin, "\"[");
  EXPECT_EQ(selected.Shape(false).csv.end, "");
  EXPECT_EQ(selected.Shape(true).csv.end, "\n");
}

}  // namespace
}  // namespace sagebrush::algorithms::xgboost
