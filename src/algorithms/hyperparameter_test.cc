#include "algorithms/hyperparameter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "algorithms/algorithm.h"

namespace sagebrush::algorithms {
namespace {

using Type = Hyperparameter::Type;

const std::vector<Hyperparameter>& Declared() {
  static const std::vector<Hyperparameter> declared{
      {.name = "rounds", .type = Type::kInteger, .range = {.least = 1}, .required = true},
      {.name = "eta",
       .type = Type::kReal,
       .range = {.least = 0, .most = 1, .least_open = true},
       .default_value = "0.3",
       .alias = "learning_rate"},
      {.name = "kind", .type = Type::kChoice, .choices = {"tree", "linear"}, .default_value = "tree"},
      {.name = "metric", .type = Type::kChoiceList, .choices = {"auc", "error"}},
      {.name = "factor", .type = Type::kInteger, .range = {.least = 1}, .default_value = "auto", .automatic = true},
  };
  return declared;
}

Hyperparameters Parse(std::string_view json) { return Hyperparameters::Parse(Declared(), ParseJson(json)); }

std::string RefusalOf(std::string_view json) {
  try {
    Parse(json);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind().code, kClientError.code);
    return error.what();
  }
  return "";
}

TEST(Hyperparameters, ReturnWhatIsGivenElseTheDefault) {
  const Hyperparameters values = Parse(R"({"rounds":"12","metric":"auc, error"})");
  EXPECT_EQ(values.GetInteger("rounds"), 12);
  EXPECT_DOUBLE_EQ(values.GetReal("eta"), 0.3);
  EXPECT_FALSE(values.IsGiven("eta"));
  EXPECT_THAT(values.GetList("metric"), testing::ElementsAre("auc", "error"));
  EXPECT_FALSE(Parse(R"({"rounds":"1"})").Has("metric"));
}

TEST(Hyperparameters, AcceptAnAliasAndValuesThatAreJsonEncoded) {
  const Hyperparameters values = Parse(R"({"rounds":3,"learning_rate":" 1e-1 ","kind":"\"linear\""})");
  EXPECT_DOUBLE_EQ(values.GetReal("eta"), 0.1);
  EXPECT_EQ(values.GetText("kind"), "linear");
}

// As the guide writes eval_metrics of several algorithms, and as SDKs send it that encode every value.
TEST(Hyperparameters, AcceptListsInJson) {
  for (const char* list : {R"("[\"auc\",\"error\"]")", R"("\"[\\\"auc\\\", \\\"error\\\"]\"")"}) {
    const Hyperparameters values = Parse(fmt::format(R"({{"rounds":"1","metric":{}}})", list));
    EXPECT_THAT(values.GetList("metric"), testing::ElementsAre("auc", "error")) << list;
  }
  EXPECT_EQ(RefusalOf(R"({"rounds":"1","metric":"[\"auc\",\"f9\"]"})"),
            "Hyperparameter metric: f9 is not in [auc, error]");
  EXPECT_EQ(RefusalOf(R"({"rounds":"1","metric":"[auc"})"), "Hyperparameter metric: [auc is not in [auc, error]");
  EXPECT_EQ(RefusalOf(R"({"rounds":"1","metric":"[]"})"), "Hyperparameter metric: the list is empty");
}

TEST(Hyperparameters, LeaveToTheAlgorithmWhatIsAuto) {
  EXPECT_TRUE(Parse(R"({"rounds":"1"})").IsAuto("factor"));
  EXPECT_FALSE(Parse(R"({"rounds":"1","factor":"4"})").IsAuto("factor"));
  EXPECT_EQ(RefusalOf(R"({"rounds":"1","factor":"0"})"), "Hyperparameter factor: 0 is not in [1, +inf)");
  EXPECT_NE(RefusalOf(R"({"rounds":"auto"})"), "");
}

// The phrases are those of SageMaker's algorithm toolkit (sagemaker-xgboost-container, hyperparameter_validation.py).
TEST(Hyperparameters, NameTheHyperparameterTheValueAndTheRange) {
  EXPECT_EQ(RefusalOf(R"({"rounds":"0"})"), "Hyperparameter rounds: 0 is not in [1, +inf)");
  EXPECT_EQ(RefusalOf(R"({"rounds":"1","eta":"0"})"), "Hyperparameter eta: 0 is not in (0, 1]");
  EXPECT_EQ(RefusalOf(R"({"rounds":"1","kind":"bush"})"), "Hyperparameter kind: bush is not in [tree, linear]");
  EXPECT_EQ(RefusalOf(R"({"rounds":"1","metric":"auc,f9"})"), "Hyperparameter metric: f9 is not in [auc, error]");
  EXPECT_EQ(RefusalOf(R"({"rounds":"1.5"})"),
            "Hyperparameter rounds: could not parse value '1.5': give a whole number");
  EXPECT_EQ(RefusalOf(R"({"rounds":"1","eta":"nan"})"),
            "Hyperparameter eta: could not parse value 'nan': give a number");
}

TEST(Hyperparameters, RefuseUnknownMissingAndDoubledOnes) {
  EXPECT_EQ(RefusalOf(R"({"rounds":"1","colour":"red"})"), "Extraneous hyperparameter found: colour");
  EXPECT_EQ(RefusalOf("{}"), "Missing required hyperparameter: rounds");
  EXPECT_NE(RefusalOf(R"({"rounds":"1","eta":"0.1","learning_rate":"0.2"})"), "");
  EXPECT_NE(RefusalOf(R"({"rounds":["1"]})"), "");
}

TEST(Interval, ShowsWhichEndsAreOpen) {
  EXPECT_EQ((Interval{.least = 0, .most = 1, .least_open = true}).ToString(), "(0, 1]");
  EXPECT_EQ(Interval{}.ToString(), "(-inf, +inf)");
}

}  // namespace
}  // namespace sagebrush::algorithms
