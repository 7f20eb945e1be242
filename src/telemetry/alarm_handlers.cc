#include <algorithm>
#include <array>
#include <cmath>

#include "base/arn.h"
#include "telemetry/alarm.h"
#include "telemetry/alarms.h"
#include "telemetry/metric_errors.h"
#include "telemetry/metric_handlers.h"

namespace sagebrush::telemetry {
namespace {

constexpr int kShownMax = 50;
constexpr std::size_t kAlarmsMax = 5000;  // CloudWatch's quota for an account and region.
constexpr std::chrono::seconds kWatchedMax = std::chrono::days(1);
constexpr std::chrono::seconds kWatchedMaxByTheHour = std::chrono::days(7);

store::Key KeyOf(const wire::Call& call, const std::string& name) {
  return {kAlarmKind, call.account(), call.region, name};
}

[[noreturn]] void ThrowAlarm(const std::string& why) { throw Error(kMetricValidation, why); }

struct Refused {
  std::string_view member;
  std::string_view reason;
};
constexpr std::array<Refused, 11> kRefused{{
    {"OKActions", "alarms of this server take no actions; follow the state by DescribeAlarms"},
    {"AlarmActions", "alarms of this server take no actions; follow the state by DescribeAlarms"},
    {"InsufficientDataActions", "alarms of this server take no actions; follow the state by DescribeAlarms"},
    {"Metrics", "metric math is not built; MetricName names the one metric"},
    {"ThresholdMetricId", "anomaly detection is not built"},
    {"Tags", "tags of alarms are not built"},
    {"EvaluationWindow.WallClockWindow", "periods slide with the minutes here"},
    {"WarmUpConfiguration", "warm-up periods are not built"},
    {"EvaluationCriteria", "PromQL is not built"},
    {"EvaluationInterval", "it belongs to PromQL, which is not built"},
    {"ActionConfiguration", "alarms of this server take no actions"},
}};

void RefuseWhatIsNotBuilt(const Json& input) {
  for (const auto& [member, reason] : kRefused) {
    const Json* const value = Find(input, member);
    if (value == nullptr || (value->is_array() && value->get_array().empty())) continue;
    ThrowAlarm(fmt::format("The parameter {} is refused: {}.", member, reason));
  }
  if (GetString(input, "EvaluateLowSampleCountPercentile", "evaluate") != "evaluate") {
    ThrowAlarm("The parameter EvaluateLowSampleCountPercentile is refused: only evaluate is possible.");
  }
}

void RequireMembers(const Json& input) {
  for (const char* member :
       {"MetricName", "Namespace", "Period", "EvaluationPeriods", "Threshold", "ComparisonOperator"}) {
    if (Find(input, member) == nullptr) ThrowAlarm(fmt::format("The parameter {} must be specified.", member));
  }
  const bool plain = Find(input, "Statistic") != nullptr, extended = Find(input, "ExtendedStatistic") != nullptr;
  if (plain == extended) ThrowAlarm("Exactly one of Statistic and ExtendedStatistic must be specified.");
  if (!std::isfinite(NumberIn(input, "Threshold"))) ThrowAlarm("The parameter Threshold must be a finite number.");
}

void CheckAlarm(const wire::Call& call) {
  const Json& input = call.input;
  RequireMembers(input);
  if (Find(input, "ExtendedStatistic") != nullptr &&
      !StatisticNamed(GetString(input, "ExtendedStatistic"), "ExtendedStatistic").is_percentile()) {
    ThrowAlarm("The parameter ExtendedStatistic must be a percentile, as p99.");
  }
  const std::string comparison = GetString(input, "ComparisonOperator");
  if (comparison.find("Lower") != std::string::npos || comparison.find("Upper") != std::string::npos) {
    ThrowAlarm("The comparison " + comparison + " is for anomaly detection, which is not built.");
  }
  const std::string missing = GetString(input, "TreatMissingData", "missing");
  if (missing != "missing" && missing != "ignore" && missing != "breaching" && missing != "notBreaching") {
    ThrowAlarm("Option " + missing +
               " is not supported. Supported options for TreatMissingData are [breaching, "
               "notBreaching, ignore, missing].");
  }
  const std::chrono::seconds period = PeriodOf(input, "Period");
  if (period < std::chrono::seconds(60))
    ThrowAlarm("The parameter Period must be a multiple of 60: metrics are kept by the minute.");
  const std::int64_t count = GetInt(input, "EvaluationPeriods");
  const auto longest = period >= std::chrono::hours(1) ? kWatchedMaxByTheHour : kWatchedMax;
  if (count > longest / period) {
    ThrowAlarm(fmt::format("Metrics cannot be checked across more than {} (EvaluationPeriods * Period must be <= {}).",
                           longest == kWatchedMax ? "a day" : "seven days", longest.count()));
  }
  if (GetInt(input, "DatapointsToAlarm", 1) > count) ThrowAlarm("DatapointsToAlarm must not exceed EvaluationPeriods.");
  MetricIn(call, input, GetString(input, "Namespace"), "Dimensions");
}

bool HasRoom(const store::Store& store, const wire::Call& call) {
  const auto alarms = store.All(kAlarmKind);
  const auto ours = std::ranges::count_if(alarms, [&](const auto& alarm) {
    return alarm->key.account == call.account() && alarm->key.region == call.region;
  });
  return static_cast<std::size_t>(ours) < kAlarmsMax;
}

JsonObject Describe(const store::Resource& alarm) {
  JsonObject out = alarm.spec.as_object();
  const auto time = [&](const char* member) { return Time{GetInt(alarm.status, member)}.ToEpochSeconds(); };
  out["AlarmArn"] = Arn{"aws", "cloudwatch", alarm.key.region, alarm.key.account, "alarm:" + alarm.key.name}.ToString();
  out["StateValue"] = alarm.state;
  out["StateReason"] = GetString(alarm.status, "StateReason");
  if (Find(alarm.status, "StateReasonData") != nullptr)
    out["StateReasonData"] = GetString(alarm.status, "StateReasonData");
  out["StateUpdatedTimestamp"] = time("StateUpdated");
  out["StateTransitionedTimestamp"] = time("StateTransitioned");
  out["AlarmConfigurationUpdatedTimestamp"] = Time{GetInt(alarm.spec, "ConfigurationUpdated")}.ToEpochSeconds();
  for (const char* actions : {"OKActions", "AlarmActions", "InsufficientDataActions"}) out[actions] = JsonArray();
  return out;
}

}  // namespace

Json PutMetricAlarm(const MetricContext& context, wire::Call& call) {
  RefuseWhatIsNotBuilt(call.input);
  CheckAlarm(call);
  const Time now = context.clock.Now();
  JsonObject spec = call.input.as_object();
  spec.emplace("ActionsEnabled", true);
  spec.emplace("Dimensions", JsonArray());
  spec["ConfigurationUpdated"] = now.milliseconds;
  for (;;) {
    store::Resource alarm;
    const auto known = context.store.Get(KeyOf(call, GetString(call.input, "AlarmName")));
    if (known != nullptr) {  // Its state stays until the next evaluation.
      alarm = *known;
      alarm.spec = spec;
      alarm.modified = now;
      if (context.store.Update(alarm)) return JsonObject();
      continue;
    }
    if (!HasRoom(context.store, call)) {
      throw Error(kMetricLimitExceeded, fmt::format("The maximum number of alarms, {}, is reached.", kAlarmsMax));
    }
    alarm.key = KeyOf(call, GetString(call.input, "AlarmName"));
    alarm.spec = spec;
    alarm.state = "INSUFFICIENT_DATA";
    alarm.status = JsonObject{{"StateReason", "Unchecked: Initial alarm creation"},
                              {"StateUpdated", now.milliseconds},
                              {"StateTransitioned", now.milliseconds}};
    alarm.created = alarm.modified = now;
    if (context.store.Insert(alarm)) return JsonObject();
  }
}

namespace {

std::vector<std::string> AlarmNamesIn(const Json& input) {
  std::vector<std::string> names;
  if (const Json* const given = Find(input, "AlarmNames")) {
    for (const Json& name : given->as_array()) names.emplace_back(name.as_string());
  }
  return names;
}

// Whether the request asks for alarms that there can be at all: on metrics, without actions.
bool AsksForMetricAlarms(const Json& input) {
  const Json* const types = Find(input, "AlarmTypes");
  const auto is_metric = [](const Json& type) { return type == Json("MetricAlarm"); };
  return Find(input, "ActionPrefix") == nullptr && Find(input, "ParentsOfAlarmName") == nullptr &&
         (types == nullptr || types->as_array().empty() || std::ranges::any_of(types->as_array(), is_metric));
}

store::Page PageOf(const MetricContext& context, const wire::Call& call) {
  store::ListQuery query{.kind = kAlarmKind, .account = call.account(), .region = call.region};
  query.name_prefix = GetString(call.input, "AlarmNamePrefix");
  query.limit = static_cast<int>(GetInt(call.input, "MaxRecords", kShownMax));
  query.page_token = GetString(call.input, "NextToken");
  if (const std::string state = GetString(call.input, "StateValue"); !state.empty()) query.states = {state};
  try {
    return context.store.List(query);
  } catch (const Error& error) {
    if (error.kind().code != kValidation.code) throw;
    throw Error(kMetricInvalidNextToken, "The NextToken is not one that DescribeAlarms gave for this request.");
  }
}

// Those of the names that there are.
store::Page NamedPage(const MetricContext& context, const wire::Call& call, const std::vector<std::string>& names) {
  store::Page page;
  const std::string state = GetString(call.input, "StateValue");
  for (const std::string& name : names) {
    const auto alarm = context.store.Get(KeyOf(call, name));
    if (alarm != nullptr && (state.empty() || alarm->state == state)) page.resources.push_back(alarm);
  }
  return page;
}

}  // namespace

Json DescribeAlarms(const MetricContext& context, wire::Call& call) {
  if (Find(call.input, "ChildrenOfAlarmName") != nullptr) {
    ThrowAlarm("The parameter ChildrenOfAlarmName is refused: composite alarms are not built.");
  }
  const auto names = AlarmNamesIn(call.input);
  if (!names.empty() && Find(call.input, "AlarmNamePrefix") != nullptr) {
    ThrowAlarm("AlarmNames and AlarmNamePrefix cannot be specified together.");
  }
  JsonObject output{{"CompositeAlarms", JsonArray()}, {"MetricAlarms", JsonArray()}};
  if (!AsksForMetricAlarms(call.input)) return output;
  const store::Page page = names.empty() ? PageOf(context, call) : NamedPage(context, call, names);
  JsonArray& alarms = output["MetricAlarms"].as_array();
  for (const auto& alarm : page.resources) alarms.push_back(Describe(*alarm));
  if (!page.next_token.empty()) output["NextToken"] = page.next_token;
  return output;
}

Json DeleteAlarms(const MetricContext& context, wire::Call& call) {
  auto names = AlarmNamesIn(call.input);
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (;;) {
    std::vector<std::shared_ptr<const store::Resource>> alarms;
    std::vector<store::Write> writes;
    for (const std::string& name : names) {
      const auto& alarm = alarms.emplace_back(context.store.Get(KeyOf(call, name)));
      if (alarm == nullptr) throw Error(kAlarmNotFound, fmt::format("There is no alarm {}; none was deleted.", name));
      writes.push_back(store::Write::Delete(*alarm));
    }
    if (writes.empty() || !context.store.Commit(writes)) return JsonObject();  // Else one has changed meanwhile.
  }
}

Json SetAlarmState(const MetricContext& context, wire::Call& call) {
  const std::string data = GetString(call.input, "StateReasonData");
  if (!data.empty()) {
    try {
      ParseJson(data);
    } catch (const Error&) {
      throw Error(kAlarmInvalidFormat, "StateReasonData must be valid JSON.");
    }
  }
  for (;;) {
    const auto alarm = context.store.Get(KeyOf(call, GetString(call.input, "AlarmName")));
    if (alarm == nullptr) {
      throw Error(kAlarmNotFound, fmt::format("There is no alarm {}.", GetString(call.input, "AlarmName")));
    }
    const AlarmState state{GetString(call.input, "StateValue"), GetString(call.input, "StateReason"), data};
    if (WriteAlarmState(context.store, *alarm, state, context.clock.Now())) return JsonObject();
  }
}

}  // namespace sagebrush::telemetry
