#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "telemetry/pattern.h"

namespace sagebrush::telemetry {

struct MetricPoint {
  Time time;
  double value;
};

struct FinalMetric {
  std::string name;
  double value;
  Time time;
};

// Finds a job's metrics in its log lines, as its MetricDefinitions tell. Not thread-safe.
class MetricDefinitions {
 public:
  // [{"Name", "Regex"}, ...]. Throws Error(kValidation) that names the metric whose expression is invalid.
  explicit MetricDefinitions(const Json& definitions);

  // The next line of the log. A match whose group is no number counts for nothing.
  void Feed(Time time, std::string_view line);

  // The last value of each metric that was seen, in the order of the definitions: FinalMetricDataList.
  std::vector<FinalMetric> Final() const;
  // All values of a metric; empty: never seen or not defined.
  const std::vector<MetricPoint>& Series(std::string_view name) const;

 private:
  struct Metric {
    std::string name;
    Pattern pattern;
    std::size_t series;  // Definitions of the same name share one.
  };
  std::vector<Metric> metrics_;
  std::vector<std::pair<std::string, std::vector<MetricPoint>>> series_;
};

}  // namespace sagebrush::telemetry
