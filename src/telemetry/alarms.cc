#include "telemetry/alarms.h"

#include "base/error.h"
#include "base/log.h"
#include "telemetry/alarm.h"

namespace sagebrush::telemetry {
namespace {

std::string_view PhraseOf(const Alarm& alarm) {
  const std::string& comparison = alarm.comparison_operator;
  if (comparison == "GreaterThanThreshold") return "greater than";
  if (comparison == "GreaterThanOrEqualToThreshold") return "greater than or equal to";
  return comparison == "LessThanThreshold" ? "less than" : "less than or equal to";
}

// In the manner of CloudWatch's: "Threshold Crossed: 2 out of the last 3 datapoints were greater than the threshold
// (5). The last one was 7."
std::string ReasonOf(const Alarm& alarm, const std::vector<std::optional<double>>& values, std::string_view state) {
  int present = 0, breaching = 0;
  std::optional<double> last;
  for (const auto& value : values) {
    if (!value) continue;
    ++present;
    breaching += Breaches(alarm, *value);
    last = value;
  }
  if (!last) {
    return state == "INSUFFICIENT_DATA"
               ? fmt::format("Insufficient Data: no datapoint of the last {} periods was known.", values.size())
               : fmt::format(
                     "Threshold Crossed: no datapoints were received for {} periods, and missing data are "
                     "treated as {}.",
                     values.size(), alarm.treat_missing_data);
  }
  return fmt::format(
      "Threshold Crossed: {} of the {} datapoints of the last {} periods were {} the threshold ({}). The "
      "last one was {}; {} of {} make an alarm.",
      breaching, present, values.size(), PhraseOf(alarm), alarm.threshold, *last, alarm.datapoints_to_alarm,
      alarm.evaluation_periods);
}

std::string ReasonDataOf(const Alarm& alarm, const std::vector<std::optional<double>>& values, Time start, Time now) {
  JsonArray recent;
  for (const auto& value : values) {
    if (value) recent.emplace_back(*value);
  }
  return ToText(JsonObject{{"version", "1.0"},
                           {"queryDate", ToIso8601(now)},
                           {"startDate", ToIso8601(start)},
                           {"period", alarm.period.count()},
                           {"recentDatapoints", std::move(recent)},
                           {"threshold", alarm.threshold}});
}

}  // namespace

bool WriteAlarmState(store::Store& store, store::Resource alarm, const AlarmState& state, Time now) {
  JsonObject status{{"StateReason", state.reason}, {"StateUpdated", now.milliseconds}};
  if (!state.reason_data.empty()) status["StateReasonData"] = state.reason_data;
  const bool changes = alarm.state != state.value;
  status["StateTransitioned"] = changes ? now.milliseconds : GetInt(alarm.status, "StateTransitioned");
  alarm.status = std::move(status);
  alarm.state = state.value;
  alarm.modified = now;
  return store.Update(alarm);
}

void Alarms::Evaluate() {
  for (const auto& alarm : store_.All(kAlarmKind)) {
    try {
      Evaluate(*alarm);
    } catch (const Error& error) {
      LogError("The alarm {} (account {}, region {}) could not be evaluated and keeps its state: {}", alarm->key.name,
               alarm->key.account, alarm->key.region, error.what());
    }
  }
}

void Alarms::Evaluate(const store::Resource& resource) {
  const Alarm alarm = AlarmOf(resource.key.account, resource.key.region, resource.spec);
  const Time now = clock_.Now();
  // Whole minutes: the one that is under way may still get data.
  const Time end = RoundedDown(now, std::chrono::seconds(60));
  const Time start = end + -Milliseconds(alarm.period * alarm.range());
  std::vector<std::optional<double>> values(static_cast<std::size_t>(alarm.range()));
  std::vector<Datapoint> periods(values.size());
  for (const MetricPeriod& found : metrics_.Read(alarm.metric, alarm.unit, start, end, alarm.period)) {
    const auto number = static_cast<std::size_t>((found.start - start) / Milliseconds(alarm.period));
    if (number < periods.size()) periods[number].Merge(found.values);
  }
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = alarm.statistic.Of(periods[i]);
  const std::string state = NextAlarmState(alarm, values, resource.state);
  if (state == resource.state) return;
  // Where another writer came first, the next round decides again.
  WriteAlarmState(store_, resource, {state, ReasonOf(alarm, values, state), ReasonDataOf(alarm, values, start, now)},
                  now);
}

}  // namespace sagebrush::telemetry
