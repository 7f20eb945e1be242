#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "telemetry/datapoint.h"

namespace sagebrush::telemetry {

using Dimensions = std::vector<std::pair<std::string, std::string>>;  // By name, each name once.

// What is measured: a name in a namespace, for one combination of dimensions.
struct Metric {
  std::string account;
  std::string region;
  std::string name_space;  // "AWS/SageMaker"
  std::string name;        // "Invocations"
  Dimensions dimensions;
  auto operator<=>(const Metric&) const = default;
};

// What was measured of one metric at one time.
struct MetricDatum {
  Metric metric;
  Time time;
  std::string unit = "None";  // One of CloudWatch's StandardUnit.
  Datapoint values;
};

// Takes what the parts of the server measure. Safe to call from any thread.
class MetricSink {
 public:
  virtual ~MetricSink() = default;
  // All of them or none. May block on the disk. Throws Error when they cannot be kept.
  void Publish(std::span<const MetricDatum> data) { PublishOnce("", data); }
  // For a step that may be repeated: does nothing if data were published under this id in the last days. Empty: no id.
  virtual void PublishOnce(const std::string& id, std::span<const MetricDatum> data) = 0;
};

}  // namespace sagebrush::telemetry
