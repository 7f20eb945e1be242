#include <set>

#include "sagemaker/hosting/deployment_policy.h"
#include "sagemaker/hosting/endpoint_plan.h"
#include "sagemaker/hosting/endpoint_variants.h"
#include "sagemaker/hosting/hosting.h"
#include "sagemaker/verbs.h"
#include "telemetry/alarms.h"

namespace sagebrush::sagemaker {
namespace {

// Begins a deployment of another fleet.
void SetDeployment(const Edit& edit, const JsonArray& variants, const Json* config) {
  const std::int64_t generation = GetInt(edit.resource.spec, "Generation") + 1;
  JsonObject& spec = edit.spec();
  spec["EndpointConfigName"] = GetString(edit.input(), "EndpointConfigName");
  spec["Variants"] = variants;
  spec["Generation"] = generation;
  spec["Fleet"] = generation;
  spec["Asked"] = edit.context.clock.Now().milliseconds;
  spec.erase("DeploymentConfig");
  if (config != nullptr) spec["DeploymentConfig"] = *config;
}

// Of DescribeEndpoint. What an earlier version or a half-done deployment left out is left out here.
JsonArray VariantsOf(const Json* variants) {
  return variants != nullptr && variants->is_array() ? variants->get_array() : JsonArray();
}

JsonObject DescribeDeployment(const store::Resource& endpoint, const JsonArray& desired) {
  const Json asked(Time{GetInt(endpoint.spec, "Asked")}.ToEpochSeconds());
  JsonArray statuses{{{"Status", "Creating"}, {"StartTime", asked}}};
  if (Find(endpoint.status, "Shift") != nullptr) {
    statuses = {{{"Status", "Baking"}, {"StartTime", Time{GetInt(endpoint.status, "Shift.Since")}.ToEpochSeconds()}}};
  }
  JsonArray variants = DescribeVariants({}, desired);
  for (std::size_t v = 0; v < variants.size(); ++v) {
    variants[v].as_object()["InstanceType"] = GetString(desired[v], "InstanceType");
    variants[v].as_object()["VariantStatus"] = statuses;
  }
  return {{"EndpointConfigName", GetString(endpoint.spec, "EndpointConfigName")},
          {"StartTime", asked},
          {"ProductionVariants", std::move(variants)}};
}

void DescribeEndpoint(const store::Resource& endpoint, JsonObject& description) {
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
  if (const Json* config = Find(endpoint.status, "Serving.DeploymentConfig")) {
    description["LastDeploymentConfig"] = *config;
  }
  if (endpoint.state == "Updating" && Find(endpoint.status, "Serving") != nullptr) {
    description["PendingDeploymentSummary"] = DescribeDeployment(endpoint, desired);
  }
}

// Throws Error(kValidation) for what cannot be done, rather than when it is to be done.
void CheckDeployment(const Edit& edit, const Json* config, const JsonArray& variants) {
  const DeploymentPolicy policy = PolicyOf(config, SmallestCount(variants));
  for (const std::string& name : policy.alarms) {
    const store::Key& key = edit.resource.key;
    if (edit.context.store.Get({telemetry::kAlarmKind, key.account, key.region, name}) != nullptr) continue;
    throw Error(kValidation, fmt::format("AutoRollbackConfiguration names the alarm {}, which does not exist: no "
                                         "deployment could be rolled back by it. Create it by PutMetricAlarm.",
                                         name));
  }
}

// What the variants of these names have in service instead of what the configuration gives them first.
void RetainProperties(const Edit& edit, JsonArray& variants) {
  std::set<std::string> excluded;
  if (const Json* properties = Find(edit.input(), "ExcludeRetainedVariantProperties")) {
    for (const Json& property : properties->as_array()) {
      excluded.insert(GetString(property, "VariantPropertyType"));
    }
  }
  if (!GetBool(edit.input(), "RetainAllVariantProperties")) {
    if (excluded.empty()) return;
    throw Error(kValidation, "ExcludeRetainedVariantProperties needs RetainAllVariantProperties.");
  }
  for (Json& variant : variants) {
    for (const Json& served : VariantsOf(Find(edit.resource.status, "Serving.Variants"))) {
      if (GetString(served, "VariantName") != GetString(variant, "VariantName")) continue;
      JsonObject& kept = variant.as_object();
      if (!excluded.contains("DesiredInstanceCount")) kept["InstanceCount"] = served.at("InstanceCount");
      if (!excluded.contains("DesiredWeight")) kept["Weight"] = served.at("Weight");
    }
  }
}

// nullptr: all traffic at once.
const Json* DeploymentConfigOf(const Edit& edit) {
  const Json* given = Find(edit.input(), "DeploymentConfig");
  if (!GetBool(edit.input(), "RetainDeploymentConfig")) return given;
  if (given != nullptr) throw Error(kValidation, "Give either DeploymentConfig or RetainDeploymentConfig.");
  return Find(edit.resource.status, "Serving.DeploymentConfig");
}

void RequireInService(const store::Resource& endpoint) {
  if (endpoint.state == "InService") return;
  throw Error(kValidation, fmt::format("Cannot update endpoint \"{}\" that is not in the InService state but {}.",
                                       ArnOf(EndpointNoun(), endpoint.key), endpoint.state));
}

void Update(Edit& edit) {
  JsonArray variants = ResolveVariants(edit.context, edit.call, GetString(edit.input(), "EndpointConfigName"));
  RequireInService(edit.resource);
  RetainProperties(edit, variants);
  const Json* config = DeploymentConfigOf(edit);
  CheckDeployment(edit, config, variants);
  SetDeployment(edit, variants, config);
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
    const JsonArray variants = ResolveVariants(edit.context, edit.call, GetString(edit.input(), "EndpointConfigName"));
    const Json* config = Find(edit.input(), "DeploymentConfig");
    CheckDeployment(edit, config, variants);
    SetDeployment(edit, variants, config);
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
