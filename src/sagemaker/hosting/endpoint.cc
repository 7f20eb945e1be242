#include "sagemaker/hosting/endpoint_variants.h"
#include "sagemaker/hosting/hosting.h"
#include "sagemaker/verbs.h"

namespace sagebrush::sagemaker {
namespace {

void Prepare(const Context& context, const wire::Call& call, store::Resource& endpoint) {
  JsonObject& spec = endpoint.spec.as_object();
  spec["Variants"] = ResolveVariants(context, call, GetString(call.input, "EndpointConfigName"));
  spec["Generation"] = 1;
}

void DescribeEndpoint(const store::Resource& endpoint, JsonObject& description) {
  const Json* serving = Find(endpoint.status, "Serving");
  const Json* variants = Find(endpoint.status, "Serving.Variants");
  if (serving != nullptr) description["EndpointConfigName"] = GetString(*serving, "EndpointConfigName");
  if (endpoint.state != "Failed") {
    description["ProductionVariants"] = DescribeVariants(variants, endpoint.spec.at("Variants").as_array());
  }
  const std::string waiting = GetString(endpoint.status, "Waiting");
  if (!waiting.empty() && endpoint.state != "InService") {
    for (Json& variant : description["ProductionVariants"].as_array()) {
      variant.as_object()["VariantStatus"] = JsonArray{{{"Status", endpoint.state}, {"StatusMessage", waiting}}};
    }
  }
  if (const std::string reason = GetString(endpoint.status, "FailureReason"); !reason.empty()) {
    description["FailureReason"] = reason;
  }
  if (endpoint.state == "Updating" && serving != nullptr) {
    JsonObject pending{{"EndpointConfigName", GetString(endpoint.spec, "EndpointConfigName")},
                       {"StartTime", endpoint.modified.ToEpochSeconds()}};
    description["PendingDeploymentSummary"] = std::move(pending);
  }
}

// Members of DeploymentConfig promise a pace of traffic shifting and alarms that would roll back.
void CheckDeployment(const Json& input) {
  const std::string type =
      GetString(input, "DeploymentConfig.BlueGreenUpdatePolicy.TrafficRoutingConfiguration.Type", "ALL_AT_ONCE");
  if (type != "ALL_AT_ONCE" || Find(input, "DeploymentConfig.RollingUpdatePolicy") != nullptr ||
      Find(input, "DeploymentConfig.AutoRollbackConfiguration") != nullptr) {
    throw Error(kValidation,
                "DeploymentConfig: this server shifts all traffic at once when the new instances are healthy; canary, "
                "linear and rolling updates and alarms are not supported. Leave them out.");
  }
  for (const char* member : {"RetainAllVariantProperties", "RetainDeploymentConfig"}) {
    if (GetBool(input, member))
      throw Error(kValidation, std::string(member) + " is not supported by this server; leave it out.");
  }
}

void RequireInService(const store::Resource& endpoint) {
  if (endpoint.state == "InService") return;
  throw Error(kValidation, fmt::format("Cannot update endpoint \"{}\" that is not in the InService state but {}.",
                                       ArnOf(EndpointNoun(), endpoint.key), endpoint.state));
}

Json Update(const Context& context, wire::Call& call) {
  CheckDeployment(call.input);
  const std::string config = GetString(call.input, "EndpointConfigName");
  const store::Key key = KeyOf(EndpointNoun(), call.account(), call.region, GetString(call.input, "EndpointName"));
  if (context.store.Get(key) == nullptr) throw MissingError(EndpointNoun(), key);
  const JsonArray variants = ResolveVariants(context, call, config);
  Change(context, EndpointNoun(), key, [&](store::Resource& endpoint) {
    RequireInService(endpoint);
    JsonObject& spec = endpoint.spec.as_object();
    spec["EndpointConfigName"] = config;
    spec["Variants"] = variants;
    spec["Generation"] = GetInt(endpoint.spec, "Generation") + 1;
    endpoint.state = "Updating";
  });
  return {{"EndpointArn", ArnOf(EndpointNoun(), key)}};
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

Json UpdateWeights(const Context& context, wire::Call& call) {
  const store::Key key = KeyOf(EndpointNoun(), call.account(), call.region, GetString(call.input, "EndpointName"));
  Change(context, EndpointNoun(), key, [&](store::Resource& endpoint) {
    RequireInService(endpoint);
    JsonArray& variants = endpoint.spec.at("Variants").as_array();
    for (const Json& desired : call.input.at("DesiredWeightsAndCapacities").as_array()) SetCapacity(variants, desired);
    endpoint.state = "Updating";
  });
  return {{"EndpointArn", ArnOf(EndpointNoun(), key)}};
}

bool Erase(const Context&, const wire::Call&, store::Resource& endpoint) {
  if (endpoint.state == "Creating" || endpoint.state == "Updating") {
    throw Error(kValidation, fmt::format("Cannot delete endpoint \"{}\" while it is {}.",
                                         ArnOf(EndpointNoun(), endpoint.key), endpoint.state));
  }
  endpoint.spec.as_object()["Delete"] = true;
  endpoint.state = "Deleting";
  return false;
}

Noun MakeNoun() {
  Noun noun;
  noun.name = "Endpoint";
  noun.kind = "endpoint";
  noun.name_member = "EndpointName";
  noun.arn_member = "EndpointArn";
  noun.state_member = "EndpointStatus";
  noun.list_operation = "ListEndpoints";
  noun.list_member = "Endpoints";
  noun.list_descending = true;
  noun.missing = {kValidation, "Could not find endpoint \"{arn}\"."};
  noun.duplicate = {kValidation, "Cannot create already existing endpoint \"{arn}\"."};
  noun.uses = {{"EndpointConfigName", EndpointConfigNoun}};
  noun.initial_state = "Creating";
  noun.prepare = [](const Context& context, const wire::Call& call, store::Resource& endpoint) {
    CheckDeployment(call.input);
    Prepare(context, call, endpoint);
  };
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
  AddVerb(table, context, EndpointNoun(), "UpdateEndpoint", [&](wire::Call& call) { return Update(context, call); });
  AddVerb(table, context, EndpointNoun(), "UpdateEndpointWeightsAndCapacities",
          [&](wire::Call& call) { return UpdateWeights(context, call); });
}

}  // namespace sagebrush::sagemaker
