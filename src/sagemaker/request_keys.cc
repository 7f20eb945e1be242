#include "sagemaker/request_keys.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "identity/access_reference.h"
#include "sagemaker/hosting/hosting.h"
#include "sagemaker/jobs/job_form.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::string_view kOtherKeys[] = {"aws:RequestTag/",
                                           "aws:ResourceTag/",
                                           "aws:TagKeys",
                                           "sagemaker:CurrentCustomerMetadataProperties/",
                                           "sagemaker:CurrentModelLifeCycleStage",
                                           "sagemaker:CurrentModelLifeCycleStageStatus",
                                           "sagemaker:ResourceTag/",
                                           "sagemaker:SearchVisibilityCondition/",
                                           "sagemaker:TaggingAction"};

using RowsByAction = std::map<std::string, std::vector<const RequestKey*>, std::less<>>;

const RowsByAction& Rows() {
  static const RowsByAction rows = [] {
    RowsByAction all;
    for (const auto& service : identity::ReferenceServices()) {
      if (service.prefix != "sagemaker") continue;
      for (const auto& action : service.actions) {
        for (const RequestKey& row : RequestKeys()) {
          const std::string key = Lower(row.key);
          const bool has = std::any_of(action.keys.begin(), action.keys.end(), [&](std::uint16_t index) {
            return identity::ReferenceKeys()[index].name == key;
          });
          if (has) all[std::string(action.name)].push_back(&row);
        }
      }
    }
    return all;
  }();
  return rows;
}

void Collect(const Json& value, std::string_view path, std::vector<std::string>& out) {
  if (value.is_array()) {
    for (const Json& item : value.get_array()) Collect(item, path, out);
  } else if (path.empty()) {
    if (value.is_string()) out.emplace_back(value.get_string());
    if (value.is_bool() || value.is_number()) out.push_back(ToText(value));
  } else if (value.is_object()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    std::string_view name = path.substr(0, dot);
    if (name.ends_with("[]")) name.remove_suffix(2);
    const Json* const member = value.get_object().if_contains(name);
    if (member != nullptr) Collect(*member, path.substr(std::min(dot + 1, path.size())), out);
  }
}

void AddEntries(const RequestKey& row, const Json& input, JsonObject& context) {
  for (const auto path : row.paths) {
    const Json* map = Find(input, path);
    if (map == nullptr || !map->is_object()) continue;
    for (const auto& [name, value] : map->get_object()) context[std::string(row.key) + std::string(name)] = value;
  }
}

void AddTagKeys(const Json& input, JsonObject& context) {
  JsonArray keys;
  if (const Json* tags = Find(input, "Tags"); tags != nullptr && tags->is_array()) {
    for (const Json& tag : tags->get_array()) {
      context["aws:RequestTag/" + GetString(tag, "Key")] = GetString(tag, "Value");
      keys.emplace_back(GetString(tag, "Key"));
    }
  }
  if (const Json* removed = Find(input, "TagKeys"); removed != nullptr && removed->is_array()) {
    for (const Json& key : removed->get_array()) keys.push_back(key);
  }
  if (!keys.empty()) context["aws:TagKeys"] = std::move(keys);
}

}  // namespace

// docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
const std::vector<RequestKey>& RequestKeys() {
  static const std::vector<RequestKey> keys{
      {"sagemaker:AcceleratorTypes",
       {"ProductionVariants[].AcceleratorType", "ShadowProductionVariants[].AcceleratorType"}},
      {"sagemaker:CustomerMetadataProperties/", {"CustomerMetadataProperties"}},
      {"sagemaker:CustomerMetadataPropertiesToRemove", {"CustomerMetadataPropertiesToRemove[]"}},
      {"sagemaker:EnableRemoteDebug", {"RemoteDebugConfig.EnableRemoteDebug"}, "false"},
      {"sagemaker:FileSystemAccessMode", {"InputDataConfig[].DataSource.FileSystemDataSource.FileSystemAccessMode"}},
      {"sagemaker:FileSystemDirectoryPath", {"InputDataConfig[].DataSource.FileSystemDataSource.DirectoryPath"}},
      {"sagemaker:FileSystemId", {"InputDataConfig[].DataSource.FileSystemDataSource.FileSystemId"}},
      {"sagemaker:FileSystemType", {"InputDataConfig[].DataSource.FileSystemDataSource.FileSystemType"}},
      {"sagemaker:InstanceTypes",
       {"ProcessingResources.ClusterConfig.InstanceType",
        "ProcessingResources.ClusterConfig.InstancePreferences[].InstanceType", "ResourceConfig.InstanceType",
        "ResourceConfig.InstanceGroups[].InstanceType", "ResourceConfig.InstancePreferences[].InstanceType",
        "DebugRuleConfigurations[].InstanceType", "ProfilerRuleConfigurations[].InstanceType",
        "ProductionVariants[].InstanceType", "ProductionVariants[].InstancePools[].InstanceType",
        "TransformResources.InstanceType", "ShadowProductionVariants[].InstanceType",
        "ShadowProductionVariants[].InstancePools[].InstanceType"}},
      {"sagemaker:InterContainerTrafficEncryption",
       {"EnableInterContainerTrafficEncryption", "NetworkConfig.EnableInterContainerTrafficEncryption"},
       "false"},
      {"sagemaker:KeepAlivePeriod", {"ResourceConfig.KeepAlivePeriodInSeconds"}},
      {"sagemaker:MaxRuntimeInSeconds", {"StoppingCondition.MaxRuntimeInSeconds"}, std::to_string(kJobSecondsDefault)},
      {"sagemaker:ModelArn",
       {"ProductionVariants[].ModelName", "ProductionVariants[].InstancePools[].ModelNameOverride",
        "ShadowProductionVariants[].ModelName", "ShadowProductionVariants[].InstancePools[].ModelNameOverride"},
       "",
       true},
      {"sagemaker:ModelApprovalStatus", {"ModelApprovalStatus"}},
      {"sagemaker:ModelLifeCycle:Stage", {"ModelLifeCycle.Stage"}},
      {"sagemaker:ModelLifeCycle:StageStatus", {"ModelLifeCycle.StageStatus"}},
      {"sagemaker:NetworkIsolation", {"EnableNetworkIsolation", "NetworkConfig.EnableNetworkIsolation"}, "false"},
      {"sagemaker:OutputKmsKey",
       {"OutputDataConfig.KmsKeyId", "ProcessingOutputConfig.KmsKeyId", "TransformOutput.KmsKeyId"}},
      {"sagemaker:ServerlessMaxConcurrency",
       {"ProductionVariants[].ServerlessConfig.MaxConcurrency",
        "ShadowProductionVariants[].ServerlessConfig.MaxConcurrency"}},
      {"sagemaker:ServerlessMemorySize",
       {"ProductionVariants[].ServerlessConfig.MemorySizeInMB",
        "ShadowProductionVariants[].ServerlessConfig.MemorySizeInMB"}},
      {"sagemaker:TargetModel", {"TargetModel"}},
      {"sagemaker:VolumeKmsKey",
       {"ResourceConfig.VolumeKmsKeyId", "ProcessingResources.ClusterConfig.VolumeKmsKeyId",
        "TransformResources.VolumeKmsKeyId", "KmsKeyId"}},
      {"sagemaker:VpcSecurityGroupIds", {"VpcConfig.SecurityGroupIds", "NetworkConfig.VpcConfig.SecurityGroupIds"}},
      {"sagemaker:VpcSubnets", {"VpcConfig.Subnets", "NetworkConfig.VpcConfig.Subnets"}},
  };
  return keys;
}

std::span<const std::string_view> OtherKeys() { return kOtherKeys; }

std::vector<std::string> ValuesAt(const Json& document, std::string_view path) {
  std::vector<std::string> values;
  Collect(document, path, values);
  return values;
}

OperationKeys KeysOf(const std::string& operation) {
  const auto rows = Rows().find(operation);
  return rows == Rows().end() ? OperationKeys() : OperationKeys(rows->second);
}

JsonObject RequestContext(OperationKeys keys, const wire::Call& call) {
  JsonObject context;
  AddTagKeys(call.input, context);
  for (const RequestKey* const row : keys) {
    if (row->key.ends_with('/')) {
      AddEntries(*row, call.input, context);
      continue;
    }
    JsonArray values;
    for (const auto path : row->paths) {
      for (std::string& value : ValuesAt(call.input, path)) {
        values.emplace_back(row->names_models ? ArnOf(ModelNoun(), call, value) : std::move(value));
      }
    }
    if (values.empty() && !row->otherwise.empty()) values.emplace_back(row->otherwise);
    if (!values.empty()) context[row->key] = std::move(values);
  }
  return context;
}

void AddResourceTags(const store::Resource& resource, JsonObject& context) {
  const Json* const tags = Find(resource.spec, "Tags");
  if (tags == nullptr || !tags->is_array()) return;
  for (const Json& tag : tags->get_array()) {
    context["aws:ResourceTag/" + GetString(tag, "Key")] = GetString(tag, "Value");
    context["sagemaker:ResourceTag/" + GetString(tag, "Key")] = GetString(tag, "Value");
  }
}

}  // namespace sagebrush::sagemaker
