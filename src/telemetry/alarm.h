#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "telemetry/metric_store.h"
#include "telemetry/statistic.h"

namespace sagebrush::telemetry {

// What an alarm on a metric watches: the spec of its resource, read. The names are PutMetricAlarm's.
struct Alarm {
  Metric metric;
  Statistic statistic;
  std::string unit;
  std::chrono::seconds period;
  int evaluation_periods = 1;
  int datapoints_to_alarm = 1;
  double threshold = 0;
  std::string comparison_operator;
  std::string treat_missing_data;

  // How many periods are looked at: some more than EvaluationPeriods, for a datum may come late or not at all.
  int range() const { return evaluation_periods + 2; }
};

// `spec` has passed PutMetricAlarm.
Alarm AlarmOf(const std::string& account, const std::string& region, const Json& spec);

// Whether the comparison holds for a value.
bool Breaches(const Alarm& alarm, double value);

// The state that follows from the values of the last `range()` periods, oldest first; nullopt: no data. "OK", "ALARM"
// or "INSUFFICIENT_DATA"; the state that it has where missing data are to be ignored. As in the tables of
// docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html.
std::string NextAlarmState(const Alarm& alarm, const std::vector<std::optional<double>>& values,
                           std::string_view current);

}  // namespace sagebrush::telemetry
