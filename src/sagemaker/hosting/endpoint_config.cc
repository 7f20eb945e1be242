#include <set>

#include "runtime/capacity.h"
#include "sagemaker/hosting/hosting.h"

namespace sagebrush::sagemaker {
namespace {

// Members of a ProductionVariant that have no effect here, and why.
constexpr std::pair<const char*, const char*> kRefusedVariantMembers[] = {
    {"ServerlessConfig", "serverless inference is not built; give InstanceType and InitialInstanceCount."},
    {"AcceleratorType", "Elastic Inference does not exist any more."},
    {"CoreDumpConfig", "core dumps are not collected."},
    {"ManagedInstanceScaling", "instances are not scaled by themselves."},
    {"CapacityReservationConfig", "there are no capacity reservations."},
    {"InferenceAmiVersion", "there are no machine images."},
    {"InstancePools", "give InstanceType."},
    {"VariantInstanceProvisionTimeoutInSeconds", "give InstanceType."},
    {"AcceleratorPartitionLayouts", "there are no accelerators."},
};

void CheckVariant(const Context& context, const wire::Call& call, const Json& variant) {
  const std::string name = GetString(variant, "VariantName");
  for (const auto& [member, why] : kRefusedVariantMembers) {
    if (Find(variant, member) != nullptr) {
      throw Error(kValidation, fmt::format("{} of variant {} is not supported by this server: {}", member, name, why));
    }
  }
  const std::string routing = GetString(variant, "RoutingConfig.RoutingStrategy", "LEAST_OUTSTANDING_REQUESTS");
  if ((routing != "LEAST_OUTSTANDING_REQUESTS" && routing != "RANDOM") ||
      Find(variant, "RoutingConfig.PrefixAwareRoutingConfig") != nullptr) {
    throw Error(kValidation,
                fmt::format("RoutingConfig of variant {} is not supported by this server: the strategies are "
                            "LEAST_OUTSTANDING_REQUESTS and RANDOM.",
                            name));
  }
  if (GetBool(variant, "EnableSSMAccess")) {
    throw Error(kValidation, "EnableSSMAccess is not supported by this server: there is no Systems Manager.");
  }
  const std::string model = GetString(variant, "ModelName");
  if (model.empty()) {
    throw Error(kValidation,
                "Variant " + name + " needs a ModelName: inference components are not supported by this server.");
  }
  const store::Key key = KeyOf(ModelNoun(), call.account(), call.region, model);
  if (context.store.Get(key) == nullptr) throw MissingError(ModelNoun(), key);
  if (GetString(variant, "InstanceType").empty())
    throw Error(kValidation, "Variant " + name + " needs an InstanceType.");
  context.capacity.Offer(GetString(variant, "InstanceType"));  // Throws for a type that is not known.
  if (GetInt(variant, "InitialInstanceCount") < 1) {
    throw Error(kValidation, "Variant " + name + " needs an InitialInstanceCount of at least 1.");
  }
}

void Prepare(Edit& edit) {
  const auto& [context, call, config, also, parent] = edit;
  if (GetBool(call.input, "DataCaptureConfig.EnableCapture", Find(call.input, "DataCaptureConfig") != nullptr)) {
    throw Error(kValidation,
                "DataCaptureConfig is not supported by this server: requests are not captured. Leave it out.");
  }
  std::set<std::string> names;
  double weights = 0;
  for (Json& variant : config.spec.at("ProductionVariants").as_array()) {
    CheckVariant(context, call, variant);
    if (!names.insert(GetString(variant, "VariantName")).second) {
      throw Error(kValidation, "VariantName " + GetString(variant, "VariantName") + " is given twice.");
    }
    JsonObject& object = variant.as_object();
    if (!object.contains("InitialVariantWeight")) object["InitialVariantWeight"] = 1.0;
    weights += GetDouble(variant, "InitialVariantWeight");
  }
  if (weights <= 0) throw Error(kValidation, "At least one variant needs an InitialVariantWeight above 0.");
}

Noun MakeNoun() {
  Noun noun("EndpointConfig");
  noun.list_member = "EndpointConfigs";
  noun.list_descending = true;
  noun.missing = {kValidation, "Could not find endpoint configuration \"{arn}\"."};
  noun.duplicate = {kValidation, "Cannot create already existing endpoint configuration \"{arn}\"."};
  noun.role_member = "ExecutionRoleArn";
  noun.stored = {"ProductionVariants", "DataCaptureConfig", "KmsKeyId"};
  noun.volume_keys = {"KmsKeyId"};
  noun.refused = {
      {"AsyncInferenceConfig", "asynchronous inference is not built."},
      {"ExplainerConfig", "explanations are not built."},
      {"ShadowProductionVariants", "shadow variants are not built."},
      {"ExecutionRoleArn", "inference components are not built; the role is the model's ExecutionRoleArn."},
      {"VpcConfig", "there are no VPCs."},
      {"EnableNetworkIsolation", "set it on the model."},
      {"MetricsConfig", "metrics are published by the minute, for each variant."},
      {"CrossRegionTrafficConfig", "there is one region."},
  };
  noun.prepare = Prepare;
  return noun;
}

}  // namespace

const Noun& EndpointConfigNoun() {
  static const Noun noun = MakeNoun();
  return noun;
}

}  // namespace sagebrush::sagemaker
