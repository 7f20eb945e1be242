#pragma once

#include <optional>
#include <string_view>

#include "telemetry/datapoint.h"

namespace sagebrush::telemetry {

// What is asked of the values of a period: SampleCount, Average, Sum, Minimum, Maximum or a percentile ("p99.9").
class Statistic {
 public:
  // nullopt: not one of these. CloudWatch has more (trimmed means, percentile ranks, ...), which are not built.
  static std::optional<Statistic> Parse(std::string_view name);

  // nullopt: the period's values do not tell (a percentile of statistic sets).
  std::optional<double> Of(const Datapoint& values) const;
  bool is_percentile() const { return kind_ == Kind::kPercentile; }

 private:
  enum class Kind { kSampleCount, kAverage, kSum, kMinimum, kMaximum, kPercentile };
  explicit Statistic(Kind kind, double percent = 0) : kind_(kind), percent_(percent) {}

  Kind kind_;
  double percent_;
};

}  // namespace sagebrush::telemetry
