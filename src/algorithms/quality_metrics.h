#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/algorithm.h"

namespace sagebrush::algorithms {

// The lines and metrics that the logs of SageMaker's own algorithms (all but XGBoost) have in common.

// "test:msd", found in "#quality_metric: host=algo-1, test msd <loss>=0.5". `kind`: "loss" or "score".
MetricDefinition QualityMetric(std::string_view channel, std::string_view name, std::string_view kind);
// "train:progress" and "train:throughput", found in what EpochLog prints.
std::vector<MetricDefinition> EpochMetrics();

// Prints how far and how fast a job is.
class EpochLog {
 public:
  EpochLog(std::string host, std::uint64_t epochs) : host_(std::move(host)), epochs_(epochs) {}
  // After so many epochs, the last of which had read so many rows.
  void Print(std::uint64_t done, std::uint64_t rows);

 private:
  using Clock = std::chrono::steady_clock;

  const std::string host_;
  const std::uint64_t epochs_;
  Clock::time_point begun_ = Clock::now();  // The epoch.
};

}  // namespace sagebrush::algorithms
