#include "sagemaker/hosting/deployment_policy.h"
#include "sagemaker/hosting/endpoint_plan.h"
#include "sagemaker/hosting/endpoint_variants.h"
#include "sagemaker/hosting/hosting.h"
#include "sagemaker/verbs.h"

namespace sagebrush::sagemaker {
namespace {

// Begins a deployment of another fleet.
void SetDeployment(const Edit& edit, const JsonArray& variants) {
  const std::int64_t generation = GetInt(edit.resource.spec, "Generation") + 1;
  JsonObject& spec = edit.spec();
  spec["EndpointConfigName"] = GetString(edit.input(), "EndpointConfigName");
  spec["Variants"] = variants;
  spec["Generation"] = generation;
  spec["Fleet"] = generation;
  spec["Asked"] = edit.context.clock.Now().milliseconds;
  spec.erase("DeploymentConfig");
  if (const Json* config = Find(edit.input(), "DeploymentConfig")) spec["DeploymentConfig"] = *config;
}

// Of DescribeEndpoint. What an earlier version or a half-done deployment left out is left out here.
JsonArray VariantsOf(const Json* variants) {
  return variants != nullptr && variants->is_array() ? variants->get_array() : JsonArray();
}

void DescribeEndpoint(const store::Resource& endpoint, JsonObject& description) {
  const Json* serving = Find(endpoint.status, "Serving");
  const JsonArray desired = VariantsOf(Find(endpoint.spec, "Variants"));
  if (const std::string config = GetString(endpoint.status, "Serving.EndpointConfigName"); !config.empty()) {
    description["EndpointConfigName"] = config;
  }
  JsonArray variants;
  if (endpoint.state == "InService" || endpoint.state == "RollingBack") {
    const JsonArray now = VariantsOf(Find(endpoint.status, "Serving.Variants"));
    variants = DescribeVariants(now, now);  // Not those of an update that failed.
  } else if (endpoint.state != "Failed") {
    variants = DescribeVariants(VariantsOf(Find(endpoint.status, "Serving.Variants")), desired);
  }
  const std::string waiting = GetString(endpoint.status, "Waiting");
  if (!waiting.empty() && (endpoint.state == "Creating" || endpoint.state == "Updating")) {
    for (Json& variant : variants) {
      variant.as_object()["VariantStatus"] = JsonArray{{{"Status", endpoint.state}, {"StatusMessage", waiting}}};
    }
  }
  if (!variants.empty()) description["ProductionVariants"] = std::move(variants);
  if (const std::string reason = GetString(endpoint.status, "FailureReason"); !reason.empty()) {
    description["FailureReason"] = reason;
  }
  if (endpoint.state == "Updating" && serving != nullptr) {
    JsonObject pending{{"EndpointConfigName", GetString(endpoint.spec, "EndpointConfigName")},
                       {"StartTime", Time{GetInt(endpoint.spec, "Asked")}.ToEpochSeconds()}};
    description["PendingDeploymentSummary"] = std::move(pending);
  }
}

// Members of DeploymentConfig promise a pace of traffic shifting and alarms that would roll back.
void CheckDeployment(const Json& input) {
  const std::string policy = "DeploymentConfig.BlueGreenUpdatePolicy.TrafficRoutingConfiguration";
  const bool paced = GetString(input, policy + ".Type", "ALL_AT_ONCE") != "ALL_AT_ONCE" ||
                     Find(input, policy + ".CanarySize") != nullptr ||
                     Find(input, policy + ".LinearStepSize") != nullptr;
  if (paced || Find(input, "DeploymentConfig.RollingUpdatePolicy") != nullptr ||
      Find(input, "DeploymentConfig.AutoRollbackConfiguration") != nullptr) {
    throw Error(kValidation,
                "DeploymentConfig: this server shifts all traffic at once when the new instances are healthy; canary, "
                "linear and rolling updates and alarms are not supported. Leave them out.");
  }
  for (const char* member : {"RetainAllVariantProperties", "RetainDeploymentConfig"}) {
    if (GetBool(input, member))
      throw Error(kValidation, std::string(member) + " is not supported by this server; leave it out.");
  }
  const Json* excluded = Find(input, "ExcludeRetainedVariantProperties");
  if (excluded != nullptr && !excluded->as_array().empty()) {
    throw Error(kValidation,
                "ExcludeRetainedVariantProperties needs RetainAllVariantProperties, which is not supported "
                "by this server; leave both out.");
  }
}

void RequireInService(const store::Resource& endpoint) {
  if (endpoint.state == "InService") return;
  throw Error(kValidation, fmt::format("Cannot update endpoint \"{}\" that is not in the InService state but {}.",
                                       ArnOf(EndpointNoun(), endpoint.key), endpoint.state));
}

void Update(Edit& edit) {
  CheckDeployment(edit.input());
  const JsonArray variants = ResolveVariants(edit.context, edit.call, GetString(edit.input(), "EndpointConfigName"));
  RequireInService(edit.resource);
  SetDeployment(edit, variants);
  edit.resource.state = StateOf(edit.resource);
}

void SetCapacity(JsonArray& variants, const Json& desired) {
  const std::string name = GetString(desired, "VariantName");
  if (Find(desired, "ServerlessUpdateConfig") != nullptr) {
    throw Error(kValidation, "ServerlessUpdateConfig: variant " + name + " is not serverless.");
  }
  for (Json& variant : variants) {
    if (GetString(variant, "VariantName") != name) continue;
    if (const Json* weight = Find(desired, "DesiredWeight")) variant.as_object()["Weight"] = *weight;
    if (Find(desired, "DesiredInstanceCount") == nullptr) return;
    const std::int64_t count = GetInt(desired, "DesiredInstanceCount");
    if (count < 1) throw Error(kValidation, "DesiredInstanceCount of variant " + name + " must be at least 1.");
    CheckInstanceCount(GetString(variant, "InstanceType"), count);
    variant.as_object()["InstanceCount"] = count;
    return;
  }
  throw Error(kValidation, "The variant name(s) \"" + name + "\" is not present within the endpoint.");
}

void UpdateWeights(Edit& edit) {
  store::Resource& endpoint = edit.resource;
  RequireInService(endpoint);
  // From what serves: the spec may be that of an update that failed.
  const Json& serving = endpoint.status.at("Serving");
  JsonArray variants = serving.at("Variants").as_array();
  for (const Json& desired : edit.input().at("DesiredWeightsAndCapacities").as_array()) SetCapacity(variants, desired);
  JsonObject& spec = edit.spec();
  spec["EndpointConfigName"] = GetString(serving, "EndpointConfigName");
  spec["Variants"] = std::move(variants);
  spec["Fleet"] = FleetOf(serving);
  spec["Generation"] = GetInt(endpoint.spec, "Generation") + 1;
  spec["Asked"] = edit.context.clock.Now().milliseconds;
  spec.erase("DeploymentConfig");
  endpoint.state = StateOf(endpoint);
}

// In any state: AWS refuses while an endpoint is Creating or Updating, and leaves those with no way out that wait.
bool Erase(Edit& edit) {
  edit.spec()["Delete"] = true;
  edit.resource.state = StateOf(edit.resource);
  return false;
}

Noun MakeNoun() {
  Noun noun("Endpoint");
  noun.state_member = "EndpointStatus";
  noun.list_member = "Endpoints";
  noun.list_descending = true;
  noun.missing = {kValidation, "Could not find endpoint \"{arn}\"."};
  noun.duplicate = {kValidation, "Cannot create already existing endpoint \"{arn}\"."};
  noun.uses = {{"EndpointConfigName", EndpointConfigNoun}};
  noun.initial_state = "Creating";
  noun.search_resource = noun.search_member = "Endpoint";
  noun.stored = {"EndpointConfigName"};
  noun.read = {"DeploymentConfig"};
  noun.prepare = [](Edit& edit) {
    CheckDeployment(edit.input());
    SetDeployment(edit, ResolveVariants(edit.context, edit.call, GetString(edit.input(), "EndpointConfigName")));
  };
  noun.update_operation = "UpdateEndpoint";
  noun.updates = {{"EndpointConfigName", MemberUpdate::How::kRead},
                  {"DeploymentConfig", MemberUpdate::How::kRead},
                  {"RetainAllVariantProperties", MemberUpdate::How::kRead},
                  {"RetainDeploymentConfig", MemberUpdate::How::kRead},
                  {"ExcludeRetainedVariantProperties", MemberUpdate::How::kRead}};
  noun.update = Update;
  noun.describe = DescribeEndpoint;
  noun.erase = Erase;
  return noun;
}

}  // namespace

const Noun& EndpointNoun() {
  static const Noun noun = MakeNoun();
  return noun;
}

void AddEndpointOperations(wire::OperationTable& table, const Context& context) {
  AddVerb(table, context, EndpointNoun(), "UpdateEndpointWeightsAndCapacities",
          [&](wire::Call& call) { return ChangeOne(context, EndpointNoun(), call, UpdateWeights); });
}

}  // namespace sagebrush::sagemaker
