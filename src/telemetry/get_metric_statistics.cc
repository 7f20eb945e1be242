#include "telemetry/metric_errors.h"
#include "telemetry/metric_handlers.h"

namespace sagebrush::telemetry {
namespace {

constexpr std::int64_t kPointsMax = 1440;

std::vector<std::string> NamesIn(const Json& input, std::string_view member) {
  std::vector<std::string> names;
  const Json* const given = Find(input, member);
  if (given == nullptr || !given->is_array()) return names;
  for (const Json& name : given->get_array()) names.emplace_back(name.as_string());
  return names;
}

}  // namespace

Json GetMetricStatistics(const MetricContext& context, wire::Call& call) {
  const Time start = TimeIn(call.input, "StartTime"), end = TimeIn(call.input, "EndTime");
  const std::chrono::seconds period = PeriodOf(call.input, "Period");
  const auto plain = NamesIn(call.input, "Statistics"), extended = NamesIn(call.input, "ExtendedStatistics");
  RequireRange(start, end, kMetricInvalidValue);
  if (plain.empty() == extended.empty()) {
    throw Error(plain.empty() ? kMetricMissing : kMetricInvalidCombination,
                "Must specify either Statistics or ExtendedStatistics, and not both.");
  }
  const std::int64_t asked = (end - start) / Milliseconds(period);
  if (asked > kPointsMax) {
    throw Error(kMetricInvalidCombination,
                fmt::format("You have requested up to {} datapoints, which exceeds the limit of {}. You may reduce the "
                            "datapoints requested by increasing Period, or decreasing the time range.",
                            asked, kPointsMax));
  }
  for (const std::string& name : extended) StatisticNamed(name, "ExtendedStatistics");
  const Metric metric = MetricIn(call, call.input, GetString(call.input, "Namespace"), "Dimensions");
  JsonArray points;
  for (const MetricPeriod& found : context.metrics.Read(metric, GetString(call.input, "Unit"), start, end, period)) {
    JsonObject point{{"Timestamp", found.start.ToEpochSeconds()}, {"Unit", found.unit}};
    for (const std::string& name : plain) point[name] = *StatisticNamed(name, "Statistics").Of(found.values);
    JsonObject percentiles;
    for (const std::string& name : extended) {
      if (const auto value = StatisticNamed(name, "ExtendedStatistics").Of(found.values)) percentiles[name] = *value;
    }
    if (!extended.empty() && percentiles.empty()) continue;
    if (!extended.empty()) point["ExtendedStatistics"] = std::move(percentiles);
    points.push_back(std::move(point));
  }
  return JsonObject{{"Label", metric.name}, {"Datapoints", std::move(points)}};
}

}  // namespace sagebrush::telemetry
