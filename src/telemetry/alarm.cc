#include "telemetry/alarm.h"

#include <algorithm>

namespace sagebrush::telemetry {

Alarm AlarmOf(const std::string& account, const std::string& region, const Json& spec) {
  const auto number = [&](const char* member) { return spec.at(member).to_number<double>(); };
  Alarm alarm{.metric = {account, region, GetString(spec, "Namespace"), GetString(spec, "MetricName"), {}},
              .statistic = *Statistic::Parse(GetString(spec, "Statistic", GetString(spec, "ExtendedStatistic"))),
              .unit = GetString(spec, "Unit"),
              .period = std::chrono::seconds(GetInt(spec, "Period")),
              .evaluation_periods = static_cast<int>(GetInt(spec, "EvaluationPeriods")),
              .threshold = number("Threshold"),
              .comparison_operator = GetString(spec, "ComparisonOperator"),
              .treat_missing_data = GetString(spec, "TreatMissingData", "missing")};
  alarm.datapoints_to_alarm = static_cast<int>(GetInt(spec, "DatapointsToAlarm", alarm.evaluation_periods));
  if (const Json* const dimensions = Find(spec, "Dimensions")) {
    for (const Json& dimension : dimensions->as_array()) {
      alarm.metric.dimensions.emplace_back(GetString(dimension, "Name"), GetString(dimension, "Value"));
    }
    std::ranges::sort(alarm.metric.dimensions);
  }
  return alarm;
}

bool Breaches(const Alarm& alarm, double value) {
  const std::string& comparison = alarm.comparison_operator;
  if (comparison == "GreaterThanThreshold") return value > alarm.threshold;
  if (comparison == "GreaterThanOrEqualToThreshold") return value >= alarm.threshold;
  if (comparison == "LessThanThreshold") return value < alarm.threshold;
  return value <= alarm.threshold;
}

std::string NextAlarmState(const Alarm& alarm, const std::vector<std::optional<double>>& values,
                           std::string_view current) {
  // The latest that are there, up to EvaluationPeriods; older ones stand in for those that are missing.
  int present = 0, breaching = 0;
  for (auto value = values.rbegin(); value != values.rend() && present < alarm.evaluation_periods; ++value) {
    if (!value->has_value()) continue;
    ++present;
    breaching += Breaches(alarm, **value);
  }
  const int missing = alarm.evaluation_periods - present;
  const bool all_breach = present > 0 && breaching == present;
  if (breaching >= alarm.datapoints_to_alarm) return "ALARM";
  if (missing == 0 || alarm.treat_missing_data == "notBreaching") return "OK";
  if (alarm.treat_missing_data == "breaching") return breaching + missing >= alarm.datapoints_to_alarm ? "ALARM" : "OK";
  if (alarm.treat_missing_data == "ignore") return present == 0 || all_breach ? std::string(current) : "OK";
  if (present == 0) return "INSUFFICIENT_DATA";
  return all_breach ? "ALARM" : "OK";
}

}  // namespace sagebrush::telemetry
