#include <algorithm>

#include "sagemaker/experiments/metrics.h"

namespace sagebrush::sagemaker {
namespace {

constexpr char kMetrics[] = "Metrics";

Moments MomentsOf(const Json& summary) {
  return {.count = GetInt(summary, "Count"),
          .min = GetDouble(summary, "Min"),
          .max = GetDouble(summary, "Max"),
          .mean = GetDouble(summary, "Avg"),
          .deviation = GetDouble(summary, "StdDev"),
          .last = GetDouble(summary, "Last"),
          .time = Time::FromEpochSeconds(GetDouble(summary, "TimeStamp"))};
}

}  // namespace

JsonObject SummaryOf(const std::string& name, const std::string& source, const Moments& moments) {
  return {{"MetricName", name},     {"SourceArn", source}, {"TimeStamp", moments.time.ToEpochSeconds()},
          {"Max", moments.max},     {"Min", moments.min},  {"Last", moments.last},
          {"Count", moments.count}, {"Avg", moments.mean}, {"StdDev", moments.deviation}};
}

JsonArray SummariesOf(const store::Resource& component) {
  const Json* summaries = Find(component.status, kMetrics);
  return summaries == nullptr || !summaries->is_array() ? JsonArray() : summaries->get_array();
}

bool Summarize(store::Resource& component, const std::string& source, const MetricPoint& point) {
  Json& stored = component.status.as_object()[kMetrics];
  if (!stored.is_array()) stored.emplace_array();
  JsonArray& summaries = stored.get_array();
  const auto known = std::ranges::find_if(summaries, [&](const Json& summary) {
    return GetString(summary, "MetricName") == point.name && GetString(summary, "SourceArn") == source;
  });
  Moments moments = known == summaries.end() ? Moments() : MomentsOf(*known);
  moments.Add(point.time, point.value);
  if (known != summaries.end()) {
    *known = SummaryOf(point.name, source, moments);
  } else if (summaries.size() < kMetricsMax) {
    summaries.emplace_back(SummaryOf(point.name, source, moments));
  } else {
    return false;
  }
  return true;
}

void ReplaceSummaries(store::Resource& component, const std::string& source, const JsonArray& given) {
  JsonArray summaries;
  for (const Json& summary : SummariesOf(component)) {
    if (GetString(summary, "SourceArn") != source) summaries.push_back(summary);
  }
  for (const Json& summary : given) {
    if (summaries.size() == kMetricsMax) break;
    summaries.push_back(summary);
    summaries.back().as_object()["SourceArn"] = source;
  }
  component.status.as_object()[kMetrics] = std::move(summaries);
}

}  // namespace sagebrush::sagemaker
