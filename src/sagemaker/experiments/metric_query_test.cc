#include "sagemaker/experiments/metric_query.h"

#include <gtest/gtest.h>

namespace sagebrush::sagemaker {
namespace {

constexpr std::int64_t kMinute = 1'700'000'040;  // Begins one.

MetricPoint Point(std::int64_t second, double value, std::optional<std::int64_t> step = std::nullopt,
                  const char* name = "loss") {
  return {name, Time{second * 1000 + 500}, step, value};
}

JsonObject Query(const char* statistic, const char* period, const char* axis) {
  return {{"MetricName", "loss"}, {"MetricStat", statistic}, {"Period", period}, {"XAxisType", axis}};
}

JsonObject Complete(const JsonArray& x, const JsonArray& y) {
  return {{"Status", "Complete"}, {"XAxisValues", x}, {"MetricValues", y}};
}

TEST(AnswerQuery, TellsEachStepsStatistic) {
  const std::vector<MetricPoint> points{Point(1, 4, 2), Point(2, 1, 1), Point(3, 2, 2), Point(4, 9),
                                        Point(5, 7, 1, "acc")};
  const auto answer = [&](const char* statistic) {
    return AnswerQuery(Query(statistic, "IterationNumber", "IterationNumber"), points);
  };
  EXPECT_EQ(answer("Min"), Complete({1, 2}, {1.0, 2.0}));
  EXPECT_EQ(answer("Max"), Complete({1, 2}, {1.0, 4.0}));
  EXPECT_EQ(answer("Avg"), Complete({1, 2}, {1.0, 3.0}));
  EXPECT_EQ(answer("Last"), Complete({1, 2}, {1.0, 2.0}));
  EXPECT_EQ(answer("Count"), Complete({1, 2}, {1.0, 2.0}));
  EXPECT_EQ(answer("StdDev"), Complete({1, 2}, {0.0, 1.0}));
}

TEST(AnswerQuery, TellsEachPeriodsStatistic) {
  const std::vector<MetricPoint> points{Point(kMinute, 1), Point(kMinute + 59, 3), Point(kMinute + 60, 5)};
  EXPECT_EQ(AnswerQuery(Query("Max", "OneMinute", "Timestamp"), points), Complete({kMinute, kMinute + 60}, {3.0, 5.0}));
  const std::int64_t hour = kMinute - kMinute % 3600;
  EXPECT_EQ(AnswerQuery(Query("Avg", "OneHour", "Timestamp"), points), Complete({hour}, {3.0}));
}

TEST(AnswerQuery, KeepsToStartAndEnd) {
  const std::vector<MetricPoint> points{Point(1, 1, 1), Point(2, 2, 2), Point(3, 3, 3)};
  JsonObject query = Query("Last", "IterationNumber", "IterationNumber");
  query["Start"] = 2;
  EXPECT_EQ(AnswerQuery(query, points), Complete({2, 3}, {2.0, 3.0}));
  query["End"] = 2;
  EXPECT_EQ(AnswerQuery(query, points), Complete({2}, {2.0}));
}

TEST(AnswerQuery, SaysWhenThereIsMore) {
  std::vector<MetricPoint> points;
  for (std::size_t i = 0; i <= kQueryValuesMax; ++i) points.push_back(Point(1, 1, static_cast<std::int64_t>(i)));
  const JsonObject answer = AnswerQuery(Query("Last", "IterationNumber", "IterationNumber"), points);
  EXPECT_EQ(answer.at("Status"), "Truncated");
  EXPECT_EQ(answer.at("XAxisValues").as_array().size(), kQueryValuesMax);
}

TEST(AnswerQuery, RefusesAnAxisThatThePeriodHasNot) {
  EXPECT_EQ(AnswerQuery(Query("Last", "OneHour", "IterationNumber"), {}).at("Status"), "ValidationError");
  EXPECT_EQ(AnswerQuery(Query("Last", "IterationNumber", "Timestamp"), {}).at("Status"), "ValidationError");
}

}  // namespace
}  // namespace sagebrush::sagemaker
