#pragma once

#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "telemetry/metric.h"

namespace sagebrush::telemetry {

// For tests: keeps what was published.
class FakeMetricSink : public MetricSink {
 public:
  void PublishOnce(const std::string& id, std::span<const MetricDatum> data) override {
    const std::lock_guard lock(mutex_);
    if (!id.empty() && !ids_.insert(id).second) return;
    data_.insert(data_.end(), data.begin(), data.end());
  }
  // What was published of the metrics of that name.
  std::vector<MetricDatum> Of(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    std::vector<MetricDatum> found;
    for (const MetricDatum& datum : data_) {
      if (datum.metric.name == name) found.push_back(datum);
    }
    return found;
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return data_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::string> ids_;      // Guarded by mutex_.
  std::vector<MetricDatum> data_;  // Guarded by mutex_.
};

}  // namespace sagebrush::telemetry
