#include "telemetry/metric_operations.h"

#include <array>

#include "base/arn.h"
#include "telemetry/metric_handlers.h"

namespace sagebrush::telemetry {
namespace {

using Function = Json (*)(const MetricContext&, wire::Call&);

// Which AWS would take no resource for: metrics have no ARNs.
std::vector<wire::Access> OnMetrics(const std::string& name, const wire::Call& call) {
  wire::Access access{"cloudwatch:" + name, "*", {}, nullptr};
  // docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html
  if (name == "PutMetricData") access.context["cloudwatch:namespace"] = GetString(call.input, "Namespace");
  return {std::move(access)};
}

std::string AlarmArn(const wire::Call& call, const std::string& name) {
  return Arn{"aws", "cloudwatch", call.region, call.account(), "alarm:" + name}.ToString();
}

std::vector<wire::Access> OnAlarms(const std::string& name, const wire::Call& call) {
  std::vector<wire::Access> accesses;
  const Json* const names = Find(call.input, "AlarmNames");
  if (names != nullptr && names->is_array()) {
    for (const Json& alarm : names->get_array()) {
      if (alarm.is_string()) {
        accesses.push_back({"cloudwatch:" + name, AlarmArn(call, std::string(alarm.get_string())), {}, nullptr});
      }
    }
  }
  const std::string one = GetString(call.input, "AlarmName");
  if (accesses.empty())
    accesses.push_back({"cloudwatch:" + name, AlarmArn(call, one.empty() ? "*" : one), {}, nullptr});
  return accesses;
}

}  // namespace

void AddMetricOperations(wire::OperationTable& table, MetricStore& metrics, store::Store& store, const Clock& clock) {
  const MetricContext context{metrics, store, clock};
  const auto add = [&](const std::string& name, Function function, auto accesses) {
    table.Add("cloudwatch", name,
              {.handler = [context, function](wire::Call& call) { return function(context, call); },
               .access = [name, accesses](const wire::Call& call) { return accesses(name, call); },
               .runs_on = wire::RunsOn::kPool});
  };
  add("PutMetricData", PutMetricData, OnMetrics);
  add("GetMetricData", GetMetricData, OnMetrics);
  add("GetMetricStatistics", GetMetricStatistics, OnMetrics);
  add("ListMetrics", ListMetrics, OnMetrics);
  add("PutMetricAlarm", PutMetricAlarm, OnAlarms);
  add("DescribeAlarms", DescribeAlarms, OnAlarms);
  add("DeleteAlarms", DeleteAlarms, OnAlarms);
  add("SetAlarmState", SetAlarmState, OnAlarms);
}

std::span<const std::string_view> MetricKeys() {
  static constexpr std::array<std::string_view, 1> kKeys{"cloudwatch:namespace"};
  return kKeys;
}

}  // namespace sagebrush::telemetry
