#pragma once

#include <cstdint>
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
};

// Writes down from when to when things ran. A record survives a crash of the server: what ran on meanwhile was metered
// meanwhile. Safe to call from any thread; both calls may be repeated.
class Meter {
 public:
  explicit Meter(store::Store& store) : store_(store) {}

  // `id` names this one run (a workload's id), for ever. Does nothing if it was begun before.
  void Begin(const std::string& id, const Usage& usage, Time started);
  // Does nothing if the run never began or has ended before.
  void End(const std::string& id, Time ended);

  // All records, running and ended.
  static std::vector<UsageRecord> Records(const store::Reader& store);

 private:
  store::Store& store_;
};

}  // namespace sagebrush::telemetry
