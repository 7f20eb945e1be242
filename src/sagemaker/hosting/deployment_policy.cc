#include "sagemaker/hosting/deployment_policy.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"

namespace sagebrush::sagemaker {
namespace {

struct Limits {
  double least;
  double most;
};
// docs.aws.amazon.com/sagemaker/latest/APIReference: API_TrafficRoutingConfig, API_RollingUpdatePolicy.
constexpr Limits kCanary{0, 0.5};
constexpr Limits kLinearStep{0.1, 0.5};
constexpr Limits kBatch{0.05, 0.5};

Seconds SecondsOf(const Json& policy, std::string_view member) {
  return Seconds(static_cast<double>(GetInt(policy, member)));
}

// The share of all instances that a CapacitySize is. A number of them is one at least, however few there are.
double ShareOf(const Json& policy, const char* member, const Limits& limits, std::int64_t instances) {
  const Json* size = Find(policy, member);
  if (size == nullptr) throw Error(kValidation, std::string("DeploymentConfig needs a ") + member + " for its type.");
  const auto value = static_cast<double>(GetInt(*size, "Value"));
  const bool counts = GetString(*size, "Type") == "INSTANCE_COUNT";
  const double share = counts ? value / static_cast<double>(std::max<std::int64_t>(instances, 1)) : value / 100;
  if (share < limits.least - 1e-9 || share > limits.most + 1e-9) {
    throw Error(
        kValidation,
        fmt::format("{} is {:g}{}, which is {:g} % of the {} instances of a variant; it must be {:g} to {:g} %.",
                    member, value, counts ? "" : " %", share * 100, instances, limits.least * 100, limits.most * 100));
  }
  return share;
}

std::vector<double> EqualSteps(double share) {
  std::vector<double> shares;
  for (int step = 1; share * step < 1 - 1e-9; ++step) shares.push_back(share * step);
  shares.push_back(1);
  return shares;
}

void ReadBlueGreen(const Json& policy, std::int64_t instances, DeploymentPolicy& out) {
  const Json& routing = policy.at("TrafficRoutingConfiguration");
  const std::string type = GetString(routing, "Type");
  for (const auto& [member, of_type] : {std::pair("CanarySize", "CANARY"), std::pair("LinearStepSize", "LINEAR")}) {
    if (type == of_type || Find(routing, member) == nullptr) continue;
    throw Error(kValidation, fmt::format("{} belongs to the type {}, not {}.", member, of_type, type));
  }
  if (type == "CANARY") out.shares = {ShareOf(routing, "CanarySize", kCanary, instances), 1.0};
  if (type == "LINEAR") out.shares = EqualSteps(ShareOf(routing, "LinearStepSize", kLinearStep, instances));
  out.bake = SecondsOf(routing, "WaitIntervalInSeconds");
  out.termination_wait = SecondsOf(policy, "TerminationWaitInSeconds");
  out.time_max = SecondsOf(policy, "MaximumExecutionTimeoutInSeconds");
}

void ReadRolling(const Json& policy, std::int64_t instances, DeploymentPolicy& out) {
  if (Find(policy, "RollbackMaximumBatchSize") != nullptr) {
    throw Error(kValidation,
                "RollbackMaximumBatchSize is not supported by this server: a rollback brings all of the old instances "
                "back at once. Leave it out.");
  }
  out.rolling = true;
  out.shares = EqualSteps(ShareOf(policy, "MaximumBatchSize", kBatch, instances));
  out.bake = SecondsOf(policy, "WaitIntervalInSeconds");
  out.time_max = SecondsOf(policy, "MaximumExecutionTimeoutInSeconds");
}

}  // namespace

DeploymentPolicy PolicyOf(const Json* deployment_config, std::int64_t instances) {
  DeploymentPolicy policy;
  if (deployment_config == nullptr || deployment_config->is_null()) return policy;
  const Json* blue_green = Find(*deployment_config, "BlueGreenUpdatePolicy");
  const Json* rolling = Find(*deployment_config, "RollingUpdatePolicy");
  if (blue_green != nullptr && rolling != nullptr) {
    throw Error(kValidation, "DeploymentConfig: give either BlueGreenUpdatePolicy or RollingUpdatePolicy.");
  }
  if (blue_green != nullptr) ReadBlueGreen(*blue_green, instances, policy);
  if (rolling != nullptr) ReadRolling(*rolling, instances, policy);
  if (const Json* alarms = Find(*deployment_config, "AutoRollbackConfiguration.Alarms")) {
    for (const Json& alarm : alarms->as_array()) policy.alarms.push_back(GetString(alarm, "AlarmName"));
  }
  return policy;
}

}  // namespace sagebrush::sagemaker
