#include "events/rule_counts.h"

#include <vector>

namespace sagebrush::events {

void RuleCounts::Add(const store::Key& rule, What what) {
  const std::lock_guard lock(mutex_);
  Counts& counts = counts_[rule];
  switch (what) {
    case What::kMatched:
      ++counts.matched;
      return;
    case What::kInvoked:
      ++counts.invoked;
      return;
    case What::kFailed:
      ++counts.failed;
      return;
  }
}

// Names and units: docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
void RuleCounts::Publish(telemetry::MetricSink& sink, Time now) {
  std::map<store::Key, Counts> taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(counts_);
  }
  std::vector<telemetry::MetricDatum> data;
  for (const auto& [rule, counts] : taken) {
    const auto add = [&, &key = rule](const char* name, double count) {
      if (count == 0) return;
      data.push_back({.metric = {.account = key.account,
                                 .region = key.region,
                                 .name_space = "AWS/Events",
                                 .name = name,
                                 .dimensions = {{"RuleName", key.name}}},
                      .time = now + Milliseconds(-1),
                      .unit = "Count",
                      .values = telemetry::Datapoint(1, count)});
    };
    add("TriggeredRules", counts.matched);
    add("MatchedEvents", counts.matched);
    add("Invocations", counts.invoked);
    add("FailedInvocations", counts.failed);
  }
  if (!data.empty()) sink.Publish(data);
}

}  // namespace sagebrush::events
