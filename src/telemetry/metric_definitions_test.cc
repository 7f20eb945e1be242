#include "telemetry/metric_definitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::telemetry {
namespace {

Json Definitions(std::initializer_list<std::pair<const char*, const char*>> list) {
  JsonArray definitions;
  for (const auto& [name, regex] : list) definitions.push_back(JsonObject{{"Name", name}, {"Regex", regex}});
  return definitions;
}

TEST(MetricDefinitions, KeepTheLastValueOfEachMetric) {
  // The expressions of the built-in XGBoost's metrics, on the form in which SageMaker prints them.
  MetricDefinitions metrics(Definitions(
      {{"train:auc", R"(.*\[[0-9]+\].*#011train-auc:([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?).*)"},
       {"validation:auc", R"(.*\[[0-9]+\].*#011validation-auc:([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?).*)"},
       {"never", "x=([0-9]+)"}}));
  metrics.Feed({1000}, "[0]#011train-auc:0.97#011validation-auc:0.91");
  metrics.Feed({2000}, "nothing here");
  metrics.Feed({3000}, "[1]#011train-auc:0.98#011validation-auc:9.2e-01");
  const auto final = metrics.Final();
  ASSERT_EQ(final.size(), 2u);
  EXPECT_EQ(final[0].name, "train:auc");
  EXPECT_EQ(final[0].value, 0.98);
  EXPECT_EQ(final[0].time, Time{3000});
  EXPECT_EQ(final[1].value, 0.92);
  EXPECT_EQ(metrics.Series("train:auc").size(), 2u);
}

TEST(MetricDefinitions, CountEveryMatchInALine) {
  MetricDefinitions metrics(Definitions({{"loss", "loss=(\\S+);"}}));
  metrics.Feed({1}, "loss=3; loss=+2.5; loss=oops;");
  ASSERT_EQ(metrics.Series("loss").size(), 2u);
  EXPECT_EQ(metrics.Final()[0].value, 2.5);
}

TEST(MetricDefinitions, UsePythonsNamedGroups) {
  MetricDefinitions metrics(Definitions({{"loss", "loss: (?P<value>[0-9.]+)"}}));
  metrics.Feed({1}, "epoch 1 loss: 0.25");
  EXPECT_EQ(metrics.Final()[0].value, 0.25);
}

TEST(MetricDefinitions, NameTheMetricOfAnInvalidExpression) {
  try {
    MetricDefinitions metrics(Definitions({{"bad", "a(b"}}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("\"bad\""), testing::HasSubstr("'a(b'"),
                                             testing::HasSubstr("character 4")));
  }
}

TEST(MetricDefinitions, GiveUpAMatchThatWouldTakeForever) {
  MetricDefinitions metrics(Definitions({{"slow", "(a|aa|a?)+$b"}, {"quick", "=([0-9]+)"}}));
  metrics.Feed({1}, std::string(5000, 'a') + "=7");
  EXPECT_EQ(metrics.Final()[0].name, "quick");
}

TEST(MetricDefinitions, SurviveLinesThatAreNotUtf8) {
  MetricDefinitions metrics(Definitions({{"m", "m=([0-9]+)"}, {"empty", "x*"}}));
  metrics.Feed({1}, "\xff\xfe m=4 \xc3");
  metrics.Feed({1}, "");
  EXPECT_EQ(metrics.Final()[0].value, 4);
}

TEST(MetricDefinitions, OfNothingFindNothing) {
  MetricDefinitions metrics{Json(nullptr)};
  metrics.Feed({1}, "x=1");
  EXPECT_TRUE(metrics.Final().empty());
}

}  // namespace
}  // namespace sagebrush::telemetry
