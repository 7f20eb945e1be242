#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "store/store.h"
#include "telemetry/metric.h"

namespace sagebrush::events {

// What rules did since it was last published. Safe to call from any thread; Add waits for no disk.
class RuleCounts {
 public:
  enum class What { kMatched, kInvoked, kFailed };

  void Add(const store::Key& rule, What what);
  // Gives `sink` TriggeredRules and MatchedEvents, Invocations and FailedInvocations in AWS/Events, by RuleName, as of
  // before `now`. Throws what the sink throws; what was counted is then lost.
  void Publish(telemetry::MetricSink& sink, Time now);

 private:
  struct Counts {
    double matched = 0, invoked = 0, failed = 0;
  };
  std::mutex mutex_;
  std::map<store::Key, Counts> counts_;  // Guarded by mutex_.
};

}  // namespace sagebrush::events
