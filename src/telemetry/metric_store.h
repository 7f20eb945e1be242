#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/mutex.h"
#include "store/sqlite_connection.h"
#include "telemetry/metric.h"

namespace sagebrush::telemetry {

// What one period of a metric holds, for one unit.
struct MetricPeriod {
  Time start;
  std::string unit;
  Datapoint values;
};

// Which metrics List is asked for. Empty: any.
struct MetricFilter {
  std::string account;  // Never empty, as the region.
  std::string region;
  std::string name_space;
  std::string name;
  std::vector<std::pair<std::string, std::optional<std::string>>> dimensions;  // nullopt: whatever its value.
  Time active_since{};                                                         // With data from then on.
};

// Keeps metrics, in <data>/metrics.db, as long as CloudWatch does: minutes for 15 days, periods of five minutes for 63
// days and of an hour for 455 days, so that a metric costs bounded space. What was published survives an end of the
// process; the last seconds may be lost with the machine. Safe to call from any thread; readers and the writer do not
// wait for each other.
class MetricStore : public MetricSink {
 public:
  struct Options {
    std::int64_t bytes_max = std::int64_t{2} << 30;  // With more than that no new metric is taken.
  };
  MetricStore(const Path& data, const Clock& clock) : MetricStore(data, clock, Options()) {}
  MetricStore(const Path& data, const Clock& clock, const Options& options);

  // Throws Error(kMetricLimitExceeded) at a metric for which there is no room.
  void PublishOnce(const std::string& id, std::span<const MetricDatum> data) override;

  // Periods of `period` from `start` on that begin before `end` and hold anything, oldest first. `start` is first
  // rounded down to what data so old is kept by: a minute, five, an hour. `unit` empty: each unit by itself.
  std::vector<MetricPeriod> Read(const Metric& metric, const std::string& unit, Time start, Time end,
                                 std::chrono::seconds period) const;
  // The metrics after `after` (nullopt: from the first one), in a fixed order, at most `limit`.
  std::vector<Metric> List(const MetricFilter& filter, const std::optional<Metric>& after, std::size_t limit) const;

  // Forgets what is older than it is kept.
  void Sweep();

 private:
  bool IsNew(const std::string& id) REQUIRES(write_mutex_);
  std::int64_t IdOf(const Metric& metric, Time time) REQUIRES(write_mutex_);
  void RequireRoom(const Metric& metric) REQUIRES(write_mutex_);
  void Put(std::int64_t metric, const MetricDatum& datum) REQUIRES(write_mutex_);

  const Clock& clock_;
  const Options options_;
  mutable Mutex write_mutex_, read_mutex_;
  std::unique_ptr<store::SqliteConnection> writer_ GUARDED_BY(write_mutex_);
  std::unique_ptr<store::SqliteConnection> reader_ GUARDED_BY(read_mutex_);
};

// The time rounded down to whole periods since 1970.
Time RoundedDown(Time time, std::chrono::seconds period);

}  // namespace sagebrush::telemetry
