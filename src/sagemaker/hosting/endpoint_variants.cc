#include "sagemaker/hosting/endpoint_variants.h"

#include "sagemaker/hosting/hosting.h"
#include "sagemaker/volume.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::int64_t kInstancesMax = 100;
constexpr std::int64_t kStartupSecondsDefault = 240;    // /ping must succeed within 4 minutes of start.
constexpr std::int64_t kDownloadSecondsDefault = 3600;  // The most that ModelDataDownloadTimeoutInSeconds may be.

JsonObject ResolveVariant(const Context& context, const wire::Call& call, const Json& variant) {
  const store::Key key = KeyOf(ModelNoun(), call.account(), call.region, GetString(variant, "ModelName"));
  const auto model = context.store.Get(key);
  if (model == nullptr) throw MissingError(ModelNoun(), key);
  CheckInstanceCount(GetString(variant, "InstanceType"), GetInt(variant, "InitialInstanceCount"));
  return {{"VariantName", GetString(variant, "VariantName")},
          {"ModelName", GetString(variant, "ModelName")},
          {"InstanceType", GetString(variant, "InstanceType")},
          {"InstanceCount", GetInt(variant, "InitialInstanceCount")},
          {"Weight", GetDouble(variant, "InitialVariantWeight")},
          {"VolumeSizeInGB", VolumeGigabytes(variant)},
          {"DownloadSeconds", GetInt(variant, "ModelDataDownloadTimeoutInSeconds", kDownloadSecondsDefault)},
          {"RoutingStrategy", GetString(variant, "RoutingConfig.RoutingStrategy")},
          {"StartupSeconds", GetInt(variant, "ContainerStartupHealthCheckTimeoutInSeconds", kStartupSecondsDefault)},
          {"Container", ContainerOf(*model)},
          {"ExecutionRoleArn", GetString(model->spec, "ExecutionRoleArn")},
          {"EnableNetworkIsolation", GetBool(model->spec, "EnableNetworkIsolation")}};
}

const Json* Named(const JsonArray& variants, const std::string& name) {
  for (const Json& variant : variants) {
    if (GetString(variant, "VariantName") == name) return &variant;
  }
  return nullptr;
}

}  // namespace

JsonArray ResolveVariants(const Context& context, const wire::Call& call, const std::string& endpoint_config) {
  const store::Key key = KeyOf(EndpointConfigNoun(), call.account(), call.region, endpoint_config);
  const auto config = context.store.Get(key);
  if (config == nullptr) throw MissingError(EndpointConfigNoun(), key);
  JsonArray variants;
  for (const Json& variant : config->spec.at("ProductionVariants").as_array()) {
    variants.push_back(ResolveVariant(context, call, variant));
  }
  return variants;
}

void CheckInstanceCount(const std::string& instance_type, std::int64_t count) {
  if (count <= kInstancesMax) return;
  throw Error(kResourceLimitExceeded,
              fmt::format("The account-level service limit '{} for endpoint usage' is {} Instances, with current "
                          "utilization of 0 Instances and a request delta of {} Instances. Ask for fewer.",
                          instance_type, kInstancesMax, count));
}

JsonArray DescribeVariants(const JsonArray& serving, const JsonArray& desired) {
  JsonArray descriptions;
  for (const Json& variant : desired) {
    const Json* current = Named(serving, GetString(variant, "VariantName"));
    const std::string image = GetString(variant, "Container.Image");
    JsonObject description{{"VariantName", GetString(variant, "VariantName")},
                           {"DeployedImages", JsonArray{{{"SpecifiedImage", image}, {"ResolvedImage", image}}}},
                           {"CurrentWeight", current == nullptr ? 0.0 : GetDouble(*current, "Weight")},
                           {"DesiredWeight", GetDouble(variant, "Weight")},
                           {"CurrentInstanceCount", current == nullptr ? 0 : GetInt(*current, "InstanceCount")},
                           {"DesiredInstanceCount", GetInt(variant, "InstanceCount")}};
    if (const std::string strategy = GetString(variant, "RoutingStrategy"); !strategy.empty()) {
      description["RoutingConfig"] = {{"RoutingStrategy", strategy}};
    }
    descriptions.push_back(std::move(description));
  }
  return descriptions;
}

}  // namespace sagebrush::sagemaker
