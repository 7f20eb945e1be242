#include "sagemaker/experiments/metric_query.h"

#include <map>

namespace sagebrush::sagemaker {
namespace {

constexpr std::pair<std::string_view, std::int64_t> kPeriods[] = {
    {"OneMinute", 60}, {"FiveMinute", 300}, {"OneHour", 3600}};

// Of a period of time; 0: it is one of steps.
std::int64_t SecondsOf(std::string_view period) {
  for (const auto& [name, seconds] : kPeriods) {
    if (name == period) return seconds;
  }
  return 0;
}

// Where on the x-axis a point lies. nullopt: it has no step.
std::optional<std::int64_t> PlaceOf(const MetricPoint& point, bool by_step) {
  if (by_step) return point.step;
  return point.time.milliseconds / 1000;
}

double StatisticOf(const Moments& moments, std::string_view statistic) {
  if (statistic == "Min") return moments.min;
  if (statistic == "Max") return moments.max;
  if (statistic == "Avg") return moments.mean;
  if (statistic == "StdDev") return moments.deviation;
  if (statistic == "Last") return moments.last;
  return static_cast<double>(moments.count);
}

}  // namespace

JsonObject RefusedQuery(const std::string& message) {
  return {
      {"Status", "ValidationError"}, {"Message", message}, {"XAxisValues", JsonArray()}, {"MetricValues", JsonArray()}};
}

JsonObject AnswerQuery(const Json& query, std::span<const MetricPoint> points) {
  const std::string name = GetString(query, "MetricName");
  const std::int64_t seconds = SecondsOf(GetString(query, "Period"));
  const bool by_step = GetString(query, "XAxisType") == "IterationNumber";
  if (by_step != (seconds == 0)) {
    return RefusedQuery("XAxisType IterationNumber goes with Period IterationNumber, Timestamp with a period of time.");
  }
  const bool has_start = Find(query, "Start") != nullptr;
  const bool has_end = Find(query, "End") != nullptr;
  std::map<std::int64_t, Moments> values;
  for (const MetricPoint& point : points) {
    const auto place = PlaceOf(point, by_step);
    if (point.name != name || !place || (has_start && *place < GetInt(query, "Start")) ||
        (has_end && *place > GetInt(query, "End"))) {
      continue;
    }
    values[by_step ? *place : *place - *place % seconds].Add(point.time, point.value);
  }
  const std::string statistic = GetString(query, "MetricStat");
  JsonArray x, y;
  for (const auto& [at, moments] : values) {
    if (x.size() == kQueryValuesMax) break;
    x.emplace_back(at);
    y.emplace_back(StatisticOf(moments, statistic));
  }
  return {{"Status", x.size() < values.size() ? "Truncated" : "Complete"},
          {"XAxisValues", std::move(x)},
          {"MetricValues", std::move(y)}};
}

}  // namespace sagebrush::sagemaker
