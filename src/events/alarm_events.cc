#include "events/alarm_events.h"

#include "base/arn.h"
#include "telemetry/alarms.h"

namespace sagebrush::events {
namespace {

JsonObject StateOf(const store::Resource& alarm) {
  JsonObject state{{"value", alarm.state},
                   {"reason", GetString(alarm.status, "StateReason")},
                   {"timestamp", ToIso8601(Time{GetInt(alarm.status, "StateUpdated")}, true)}};
  if (const Json* const data = Find(alarm.status, "StateReasonData")) state["reasonData"] = *data;
  return state;
}

// As PutMetricAlarm's one metric stands in a list of metrics.
JsonObject ConfigurationOf(const store::Resource& alarm) {
  JsonObject dimensions;
  if (const Json* const given = Find(alarm.spec, "Dimensions")) {
    for (const Json& dimension : given->as_array())
      dimensions[GetString(dimension, "Name")] = GetString(dimension, "Value");
  }
  const JsonObject metric{{"namespace", GetString(alarm.spec, "Namespace")},
                          {"name", GetString(alarm.spec, "MetricName")},
                          {"dimensions", std::move(dimensions)}};
  const std::string statistic = GetString(alarm.spec, "Statistic", GetString(alarm.spec, "ExtendedStatistic"));
  return {{"description", GetString(alarm.spec, "AlarmDescription")},
          {"metrics",
           JsonArray{JsonObject{
               {"id", alarm.uid},
               {"metricStat", {{"metric", metric}, {"period", GetInt(alarm.spec, "Period")}, {"stat", statistic}}},
               {"returnData", true}}}}};
}

}  // namespace

std::optional<Event> AlarmEventOf(const store::Change& change) {
  const store::Key& key = change.key();
  if (key.kind != telemetry::kAlarmKind || change.before == nullptr || change.after == nullptr) return std::nullopt;
  if (change.before->state == change.after->state) return std::nullopt;
  const Arn arn{.service = "cloudwatch", .region = key.region, .account = key.account, .resource = "alarm:" + key.name};
  return Event{.account = key.account,
               .region = key.region,
               .source = "aws.cloudwatch",
               .detail_type = "CloudWatch Alarm State Change",
               .resources = {arn.ToString()},
               .detail = {{"alarmName", key.name},
                          {"state", StateOf(*change.after)},
                          {"previousState", StateOf(*change.before)},
                          {"configuration", ConfigurationOf(*change.after)}}};
}

}  // namespace sagebrush::events
