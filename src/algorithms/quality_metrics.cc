#include "algorithms/quality_metrics.h"

#include <fmt/format.h>

#include "algorithms/job_log.h"

namespace sagebrush::algorithms {

MetricDefinition QualityMetric(std::string_view channel, std::string_view name, std::string_view kind) {
  return {fmt::format("{}:{}", channel, name),
          fmt::format(R"(#quality_metric: host=\S+, {} {} <{}>=(\S+))", channel, name, kind)};
}

std::vector<MetricDefinition> EpochMetrics() {
  return {{"train:progress", R"(#progress_metric: host=\S+, completed (\S+) %)"},
          {"train:throughput", R"(#throughput_metric: host=\S+, train throughput=(\S+) records/second)"}};
}

void EpochLog::Print(std::uint64_t done, std::uint64_t rows) {
  const std::chrono::duration<double> took = Clock::now() - begun_;
  PrintInfo("#progress_metric: host={}, completed {} % of epochs", host_,
            100.0 * static_cast<double>(done) / static_cast<double>(epochs_));
  PrintInfo("#throughput_metric: host={}, train throughput={} records/second", host_,
            static_cast<double>(rows) / took.count());
  begun_ = Clock::now();
}

}  // namespace sagebrush::algorithms
