#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/store.h"

namespace sagebrush::telemetry {

// One thing that runs and costs money while it does.
struct Usage {
  std::string account;
  std::string region;
  std::string arn;            // Of the resource that it runs for.
  std::string use;            // "training", "hosting": selects the price together with the instance type.
  std::string instance_type;  // "ml.m5.xlarge"
  std::int64_t count = 1;     // How many such instances.
};

struct UsageRecord {
  Usage usage;
  Time started;
  std::optional<Time> ended;  // nullopt: still running.
  // Of earlier runs of the same use that were folded into this one.
  std::int64_t folded_seconds = 0;
  std::optional<Time> folded_started;  // Of the first of them.

  // Of all its instances together, until `now` when it runs: of each run whole seconds, those begun.
  std::int64_t InstanceSeconds(Time now) const;
  Time FirstStarted() const { return folded_started ? std::min(*folded_started, started) : started; }
};

// Writes down from when to when things ran. A record survives a crash of the server: what ran on meanwhile was metered
// meanwhile. Safe to call from any thread; all calls may be repeated.
class Meter {
 public:
  // How long a run is remembered after its end: 15 months, more than the current one and the 13 before it that AWS's
  // Cost Explorer has (docs.aws.amazon.com/cost-management/latest/userguide/ce-advanced-cost-analysis.html).
  static constexpr std::chrono::days kKept{15 * 31};

  explicit Meter(store::Store& store) : store_(store) {}

  // `id` names this one run (a workload's id), for ever. Does nothing if it was begun before.
  void Begin(const std::string& id, const Usage& usage, Time started);
  // Does nothing if the run never began or has ended before.
  void End(const std::string& id, Time ended);
  // Runs that ended longer than kKept ago become part of a younger one of the same resource, use and instance type, so
  // that what a resource cost stays whole; where there is none they are forgotten.
  void Sweep(Time now);

  // All records, running and ended.
  static std::vector<UsageRecord> Records(const store::Reader& store);

 private:
  store::Store& store_;
};

}  // namespace sagebrush::telemetry
