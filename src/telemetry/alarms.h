#pragma once

#include "base/clock.h"
#include "store/store.h"
#include "telemetry/metric_store.h"

namespace sagebrush::telemetry {

inline constexpr const char* kAlarmKind = "alarm";

// Looks at the metrics of all alarms and writes the states that follow. An alarm is a resource of `store`: its spec is
// PutMetricAlarm's input, its `state` "OK", "ALARM" or "INSUFFICIENT_DATA", its status the reason. Whoever waits for a
// state follows the store's changes. One thread uses it.
class Alarms {
 public:
  Alarms(store::Store& store, const MetricStore& metrics, const Clock& clock)
      : store_(store), metrics_(metrics), clock_(clock) {}

  // Every alarm once. To be called every few seconds: an alarm's periods end with whole minutes.
  void Evaluate();

 private:
  void Evaluate(const store::Resource& alarm);

  store::Store& store_;
  const MetricStore& metrics_;
  const Clock& clock_;
};

struct AlarmState {
  std::string value;
  std::string reason;
  std::string reason_data;  // JSON; empty: none.
};
// Gives `alarm` a state, at the time `now`. False: another writer came first.
bool WriteAlarmState(store::Store& store, store::Resource alarm, const AlarmState& state, Time now);

}  // namespace sagebrush::telemetry
