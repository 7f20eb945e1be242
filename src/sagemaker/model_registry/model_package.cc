#include <algorithm>

#include "sagemaker/governance/model_card_content.h"
#include "sagemaker/hosting/model_container.h"
#include "sagemaker/model_registry/model_registry.h"
#include "sagemaker/request_keys.h"
#include "sagemaker/verbs.h"

namespace sagebrush::sagemaker {
namespace {

using How = MemberUpdate::How;

constexpr char kGroup[] = "ModelPackageGroupName";
constexpr char kVersions[] = "Versions";  // In a group's status: the last number given to one of its packages.
constexpr std::size_t kPropertiesMax = 50;

bool IsVersioned(const Json& input) { return !GetString(input, kGroup).empty(); }

// The three ways in which calls name a package.
std::string NameIn(const wire::Call& call) {
  if (IsVersioned(call.input)) return "";  // It is being made, and gets a version.
  const std::string arn = GetString(call.input, "ModelPackageArn");
  return KeyNamed(ModelPackageNoun(), call, arn.empty() ? GetString(call.input, "ModelPackageName") : arn).name;
}

// AWS's words: github.com/getmoto/moto/pull/7165 quotes both.
void CheckName(const Json& input) {
  const bool named = !GetString(input, "ModelPackageName").empty();
  if (named && IsVersioned(input)) {
    throw Error(kValidation,
                "Both ModelPackageName and ModelPackageGroupName are provided in the input. Cannot determine which one "
                "to use.");
  }
  if (!named && !IsVersioned(input)) throw Error(kValidation, "Missing ARN. Give ModelPackageGroupName.");
}

std::string MakeName(Edit& edit) {
  CheckName(edit.input());
  if (edit.parent == nullptr) return GetString(edit.input(), "ModelPackageName");
  const std::int64_t version = GetInt(edit.parent->status, kVersions) + 1;
  edit.parent->status.as_object()[kVersions] = version;
  const std::string name = fmt::format("{}/{}", GetString(edit.resource.spec, kGroup), version);
  edit.spec()["ModelPackageVersion"] = version;
  edit.spec()["ModelPackageName"] = name;
  return name;
}

void CheckSpecification(const Json* specification) {
  if (specification == nullptr) return;
  for (const Json& container : specification->at("Containers").as_array()) {
    if (Find(container, "AdditionalS3DataSource") != nullptr ||
        Find(container, "AdditionalModelDataSources") != nullptr) {
      throw Error(kValidation,
                  "A container's further data sources are not supported by this server: put all files in "
                  "one model archive.");
    }
    ModelSourceOf(container);  // Throws for what no model can be read from.
  }
}

void CheckProperties(const Json& spec) {
  const Json* properties = Find(spec, "CustomerMetadataProperties");
  if (properties == nullptr || properties->as_object().size() <= kPropertiesMax) return;
  throw Error(kResourceLimitExceeded,
              fmt::format("A model package has at most {} CustomerMetadataProperties.", kPropertiesMax));
}

// Names of additional specifications are how CreateModel chooses one.
void CheckAdditional(const Json& spec) {
  const Json* list = Find(spec, "AdditionalInferenceSpecifications");
  if (list == nullptr) return;
  std::vector<std::string> names;
  for (const Json& specification : list->as_array()) {
    CheckSpecification(&specification);
    const std::string name = GetString(specification, "Name");
    if (std::ranges::find(names, name) != names.end()) {
      throw Error(kValidation, "AdditionalInferenceSpecifications has two of the name " + name + ".");
    }
    names.push_back(name);
  }
}

void Check(const Json& spec) {
  CheckSpecification(Find(spec, "InferenceSpecification"));
  CheckAdditional(spec);
  CheckProperties(spec);
  if (const std::string content = GetString(spec, "ModelCard.ModelCardContent"); !content.empty()) {
    ReadModelCardContent(content);
  }
}

void Prepare(Edit& edit) {
  const bool versioned = IsVersioned(edit.input());
  const Json* tags = Find(edit.input(), "Tags");
  if (versioned && tags != nullptr && !tags->as_array().empty()) {
    throw Error(kValidation, "Tags: a version of a model package group has the tags of its group; tag that.");
  }
  if (!versioned && Find(edit.input(), "ModelApprovalStatus") != nullptr) {
    throw Error(kValidation,
                "ModelApprovalStatus is of versions of a model package group; give ModelPackageGroupName.");
  }
  Check(edit.resource.spec);
  edit.spec().emplace("ModelPackageRegistrationType", "Registered");
  edit.spec()["ModelPackageType"] = versioned ? "Versioned" : "Unversioned";
  if (versioned) edit.spec().emplace("ModelApprovalStatus", "PendingManualApproval");
}

void Update(Edit& edit) {
  if (Find(edit.input(), "ModelApprovalStatus") != nullptr && !IsVersioned(edit.resource.spec)) {
    throw Error(kValidation, "ModelApprovalStatus is of versions of a model package group; this package is none.");
  }
  if (const Json* added = Find(edit.input(), "AdditionalInferenceSpecificationsToAdd")) {
    JsonArray all;
    if (const Json* now = Find(edit.resource.spec, "AdditionalInferenceSpecifications")) all = now->as_array();
    all.insert(all.end(), added->as_array().begin(), added->as_array().end());
    edit.spec()["AdditionalInferenceSpecifications"] = std::move(all);
  }
  Check(edit.resource.spec);
}

// Which of both kinds a list is of. Without a word of it, a group's list is of its versions, and all others are of what
// is in no group: docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListModelPackages.html
std::string TypeListed(const Json& input) {
  const std::string type = GetString(input, "ModelPackageType");
  if (type.empty()) return IsVersioned(input) ? "Versioned" : "Unversioned";
  return type == "Both" ? "" : type;
}

Json BatchDescribe(const Context& context, const wire::Call& call) {
  JsonObject summaries, errors;
  for (const Json& arn : call.input.at("ModelPackageArnList").as_array()) {
    const std::string text(arn.as_string());
    try {
      const store::Key key = KeyNamed(ModelPackageNoun(), call, text);
      summaries[text] = Describe(ModelPackageNoun(), *Require(context, ModelPackageNoun(), key));
    } catch (const Error& error) {
      if (error.kind().fault == Fault::kServer) throw;
      errors[text] = {{"ErrorCode", error.kind().code}, {"ErrorResponse", error.what()}};
    }
  }
  return {{"ModelPackageSummaries", std::move(summaries)}, {"BatchDescribeModelPackageErrorMap", std::move(errors)}};
}

// IncludedData MetadataOnly: without what of the model card may be encrypted.
void DescribeFor(const Context&, const wire::Call& call, const store::Resource& package, JsonObject& description) {
  const std::string content = GetString(package.spec, "ModelCard.ModelCardContent");
  if (GetString(call.input, "IncludedData", "AllData") == "AllData" || content.empty()) return;
  description["ModelCard"].as_object()["ModelCardContent"] = ToText(MetadataOfModelCard(ParseJson(content)));
}

// docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
void AddFacts(const store::Resource& package, JsonObject& facts) {
  for (const auto& [key, member] :
       {std::pair{"sagemaker:CurrentModelLifeCycleStage", "ModelLifeCycle.Stage"},
        std::pair{"sagemaker:CurrentModelLifeCycleStageStatus", "ModelLifeCycle.StageStatus"}}) {
    if (const std::string value = GetString(package.spec, member); !value.empty()) facts[key] = value;
  }
  const Json* properties = Find(package.spec, "CustomerMetadataProperties");
  if (properties == nullptr) return;
  for (const auto& [name, value] : properties->as_object()) {
    facts["sagemaker:CurrentCustomerMetadataProperties/" + std::string(name)] = value;
  }
}

// The inference specification of that name; the package's own has none.
const Json* SpecificationOf(const Json& spec, const std::string& name) {
  if (name.empty()) return Find(spec, "InferenceSpecification");
  const Json* list = Find(spec, "AdditionalInferenceSpecifications");
  if (list == nullptr) return nullptr;
  const auto found =
      std::ranges::find_if(list->as_array(), [&](const Json& one) { return GetString(one, "Name") == name; });
  return found == list->as_array().end() ? nullptr : &*found;
}

Noun MakeNoun() {
  Noun noun("ModelPackage");
  noun.state_member = "ModelPackageStatus";
  noun.initial_state = "Completed";
  noun.list_member = "ModelPackageSummaryList";
  noun.update_operation = "UpdateModelPackage";
  noun.key_members = {"ModelPackageName", "ModelPackageArn"};
  noun.find_name = [](const Context&, const wire::Call& call) { return NameIn(call); };
  noun.make_name = MakeName;
  noun.name_pattern = [](const wire::Call& call) {
    const std::string group = GetString(call.input, kGroup);
    return group.empty() ? "*" : KeyNamed(ModelPackageGroupNoun(), call, group).name + "/*";
  };
  noun.parent_member = kGroup;
  noun.parent = ModelPackageGroupNoun;
  noun.tags_of_parent = true;
  noun.token_member = "ClientToken";
  noun.words = {{kGroup, "spec.ModelPackageGroupName"},
                {"ModelApprovalStatus", "spec.ModelApprovalStatus"},
                {"ModelPackageType", "spec.ModelPackageType"}};
  noun.filters = {{.member = kGroup, .names = ModelPackageGroupNoun},
                  {.member = "ModelApprovalStatus"},
                  {.member = "ModelPackageType", .value = TypeListed}};
  noun.missing = {kValidation, "ModelPackage {arn} does not exist."};
  noun.duplicate = {kValidation, "ModelPackage already exists: {arn}"};
  noun.stored = {"ModelPackageDescription",
                 "ModelPackageRegistrationType",
                 "InferenceSpecification",
                 "CertifyForMarketplace",
                 "ModelApprovalStatus",
                 "MetadataProperties",
                 "ModelMetrics",
                 "Domain",
                 "Task",
                 "SamplePayloadUrl",
                 "CustomerMetadataProperties",
                 "DriftCheckBaselines",
                 "AdditionalInferenceSpecifications",
                 "SkipModelValidation",
                 "SourceUri",
                 "ModelCard",
                 "ModelLifeCycle"};
  noun.refused = {
      {"CertifyForMarketplace", "there is no marketplace."},
      {"ValidationSpecification", "packages are not validated by batch transforms; run one yourself."},
      {"SourceAlgorithmSpecification", "algorithm resources are not built; give InferenceSpecification."},
      {"SecurityConfig", "packages are not encrypted by KMS keys."},
      {"ManagedStorageType", "model data stays in the buckets that it was uploaded to."},
  };
  noun.updates = {{"ModelApprovalStatus"},
                  {"ModelPackageRegistrationType"},
                  {"ApprovalDescription"},
                  {"CustomerMetadataProperties", How::kMerge},
                  {"CustomerMetadataPropertiesToRemove", How::kRemoveKeys, "CustomerMetadataProperties"},
                  {"AdditionalInferenceSpecificationsToAdd", How::kRead},
                  {"InferenceSpecification"},
                  {"SourceUri"},
                  {"ModelCard", How::kMerge},
                  {"ModelLifeCycle"}};
  noun.search_resource = noun.search_member = "ModelPackage";
  noun.prepare = Prepare;
  noun.update = Update;
  noun.facts = AddFacts;
  noun.describe_for = DescribeFor;
  noun.describe = [](const store::Resource&, JsonObject& description) {
    description["ModelPackageStatusDetails"] = {{"ValidationStatuses", JsonArray()},
                                                {"ImageScanStatuses", JsonArray()}};
  };
  return noun;
}

}  // namespace

const Noun& ModelPackageNoun() {
  static const Noun noun = MakeNoun();
  return noun;
}

void AddModelPackageOperations(wire::OperationTable& table, const Context& context) {
  const auto access = [](const wire::Call& call) {
    std::vector<wire::Access> accesses;
    for (const std::string& arn : ValuesAt(call.input, "ModelPackageArnList")) {
      const store::Key key = KeyNamed(ModelPackageNoun(), call, arn);
      accesses.push_back({"sagemaker:BatchDescribeModelPackage", ArnOf(ModelPackageNoun(), key), {}, nullptr});
    }
    return accesses;
  };
  table.Add("sagemaker", "BatchDescribeModelPackage",
            {[&](wire::Call& call) { return BatchDescribe(context, call); }, access});
}

Json ContainerFromPackage(const Context& context, const wire::Call& call, const Json& container) {
  const store::Key key = KeyNamed(ModelPackageNoun(), call, GetString(container, "ModelPackageName"));
  const auto package = Require(context, ModelPackageNoun(), key);
  const std::string arn = ArnOf(ModelPackageNoun(), key);
  const std::string approval = GetString(package->spec, "ModelApprovalStatus", "Approved");
  if (approval != "Approved") {
    throw Error(kValidation,
                fmt::format("Model package {} is {}: only an approved one can be deployed. Approve it with "
                            "UpdateModelPackage.",
                            arn, approval));
  }
  const std::string name = GetString(container, "InferenceSpecificationName");
  const Json* specification = SpecificationOf(package->spec, name);
  const Json* containers = specification == nullptr ? nullptr : Find(*specification, "Containers");
  if (containers == nullptr || containers->as_array().size() != 1) {
    throw Error(kValidation, fmt::format("Model package {} has no inference specification{}{} of one container.", arn,
                                         name.empty() ? "" : " ", name));
  }
  JsonObject resolved = containers->as_array()[0].as_object();
  JsonObject environment;
  for (const Json* given : {Find(containers->as_array()[0], "Environment"), Find(container, "Environment")}) {
    if (given == nullptr) continue;
    for (const auto& [variable, value] : given->as_object()) environment[variable] = value;
  }
  if (!environment.empty()) resolved["Environment"] = std::move(environment);
  return resolved;
}

}  // namespace sagebrush::sagemaker
