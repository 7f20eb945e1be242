// Managed policies: AWS's own, which nobody changes, and the customer's, with their versions.
#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "identity/entities.h"
#include "identity/iam_error.h"
#include "identity/iam_operations.h"
#include "identity/iam_views.h"
#include "identity/managed_policies.h"
#include "identity/policy_size.h"

namespace sagebrush::identity {
namespace {

constexpr std::size_t kVersionsMax = 5;
constexpr double kManagedCreated = 1423159239;  // 2015-02-05: when AWS made most of its policies.

std::string NotFound(const std::string& arn) { return fmt::format("Policy {} was not found.", arn); }

// The document of a customer's policy; nullptr for AWS's. Throws NoSuchEntity.
ResourcePointer GetCustomerPolicy(const Identity& identity, const wire::Call& call, const std::string& arn) {
  if (FindManagedPolicy(arn) != nullptr) return nullptr;
  auto policy = identity.store().Get(
      EntityKey(kPolicyKind, call.account(), arn.substr(std::min(arn.size(), arn.rfind('/') + 1))));
  if (policy == nullptr || GetString(policy->spec, "Arn") != arn) throw Error(kNoSuchEntity, NotFound(arn));
  return policy;
}

ResourcePointer GetChangeable(const Identity& identity, const wire::Call& call) {
  auto policy = GetCustomerPolicy(identity, call, GetString(call.input, "PolicyArn"));
  if (policy == nullptr) throw Error(kDenied, "Policies that AWS manages cannot be changed. Make one of your own.");
  return policy;
}

Json CustomerView(const store::Resource& policy, const PolicyUses& uses, bool whole) {
  JsonObject out{{"PolicyName", policy.key.name},
                 {"PolicyId", GetString(policy.spec, "PolicyId")},
                 {"Arn", GetString(policy.spec, "Arn")},
                 {"Path", GetString(policy.spec, "Path")},
                 {"DefaultVersionId", GetString(policy.spec, "DefaultVersionId")},
                 {"AttachmentCount", uses.attached},
                 {"PermissionsBoundaryUsageCount", uses.as_boundary},
                 {"IsAttachable", true},
                 {"CreateDate", policy.created.ToEpochSeconds()},
                 {"UpdateDate", policy.modified.ToEpochSeconds()}};
  if (!whole) return out;
  const std::string description = GetString(policy.spec, "Description");
  if (!description.empty()) out["Description"] = description;
  out["Tags"] = policy.spec.at("Tags");
  return out;
}

Json ManagedView(const ManagedPolicy& policy, const PolicyUses& uses, bool whole) {
  JsonObject out{{"PolicyName", policy.name},
                 {"PolicyId", policy.Id()},
                 {"Arn", policy.arn},
                 {"Path", policy.path},
                 {"DefaultVersionId", "v1"},
                 {"AttachmentCount", uses.attached},
                 {"PermissionsBoundaryUsageCount", uses.as_boundary},
                 {"IsAttachable", true},
                 {"CreateDate", kManagedCreated},
                 {"UpdateDate", kManagedCreated}};
  if (!whole) return out;
  out["Description"] = policy.description;
  out["Tags"] = JsonArray();
  return out;
}

Json MakeVersion(const std::string& id, const std::string& text, Time now) {
  return JsonObject{{"VersionId", id}, {"Document", text}, {"CreateDate", now.ToEpochSeconds()}};
}

Json VersionView(const Json& version, const std::string& default_id, bool with_document) {
  const std::string id = GetString(version, "VersionId");
  JsonObject out{
      {"VersionId", id}, {"IsDefaultVersion", id == default_id}, {"CreateDate", GetDouble(version, "CreateDate")}};
  if (with_document) out["Document"] = UriEncode(GetString(version, "Document"));
  return out;
}

// The one version that a policy of AWS's has here.
Json ManagedVersion(const ManagedPolicy& policy) {
  Json version = MakeVersion("v1", std::string(policy.document), {});
  version.as_object()["CreateDate"] = kManagedCreated;
  return version;
}

Json CreatePolicy(const Identity& identity, const wire::Call& call) {
  const std::string text = GetString(call.input, "PolicyDocument");
  Policy::Parse(text, PolicyType::kIdentity);
  CheckManagedPolicySize(text);
  store::Resource policy = NewEntity(identity, call, kPolicyEntity, GetString(call.input, "PolicyName"));
  JsonObject& spec = policy.spec.as_object();
  spec["Description"] = GetString(call.input, "Description");
  spec["DefaultVersionId"] = "v1";
  spec["NextVersion"] = 2;
  spec["Versions"] = JsonArray{MakeVersion("v1", text, policy.created)};
  InsertEntity(identity, kPolicyEntity, policy);
  return JsonObject{{"Policy", CustomerView(policy, {}, true)}};
}

Json GetPolicy(const Identity& identity, const wire::Call& call) {
  const std::string arn = GetString(call.input, "PolicyArn");
  const auto policy = GetCustomerPolicy(identity, call, arn);
  const PolicyUses uses = CountPolicyUses(identity, call.account())[arn];
  if (policy != nullptr) return JsonObject{{"Policy", CustomerView(*policy, uses, true)}};
  return JsonObject{{"Policy", ManagedView(*FindManagedPolicy(arn), uses, true)}};
}

Json ListPolicies(const Identity& identity, const wire::Call& call) {
  const std::string scope = GetString(call.input, "Scope", "All");
  const std::string prefix = GetString(call.input, "PathPrefix", "/");
  const bool only_attached = GetBool(call.input, "OnlyAttached");
  const std::string usage = GetString(call.input, "PolicyUsageFilter");
  auto uses = CountPolicyUses(identity, call.account());
  std::vector<std::pair<std::string, Json>> rows;
  const auto add = [&](const std::string& arn, std::string_view path, const auto& make) {
    const PolicyUses& of_it = uses[arn];
    if (!path.starts_with(prefix) || (only_attached && of_it.attached == 0)) return;
    if (usage == "PermissionsPolicy" && of_it.attached == 0) return;
    if (usage == "PermissionsBoundary" && of_it.as_boundary == 0) return;
    rows.emplace_back(arn, make(of_it));
  };
  if (scope != "AWS") {
    for (const auto& policy : ListDocuments(identity, kPolicyKind, call.account())) {
      add(GetString(policy->spec, "Arn"), GetString(policy->spec, "Path"),
          [&](const PolicyUses& of_it) { return CustomerView(*policy, of_it, false); });
    }
  }
  if (scope != "Local") {
    for (const auto& policy : ManagedPolicies()) {
      add(std::string(policy.arn), policy.path,
          [&](const PolicyUses& of_it) { return ManagedView(policy, of_it, false); });
    }
  }
  return MakePage(call.input, "Policies", std::move(rows));
}

Json DeletePolicy(const Identity& identity, const wire::Call& call) {
  const auto policy = GetChangeable(identity, call);
  const PolicyUses uses = CountPolicyUses(identity, call.account())[GetString(policy->spec, "Arn")];
  if (uses.attached + uses.as_boundary > 0) {
    throw Error(kDeleteConflict, "Cannot delete a policy attached to entities.");
  }
  if (policy->spec.at("Versions").as_array().size() > 1) {
    throw Error(kDeleteConflict,
                "This policy has more than one version. Before you delete a policy, you must delete the policy's "
                "versions. The default version is deleted with the policy.");
  }
  if (!identity.store().Delete(*policy)) {
    throw Error(kConcurrentModification, "The policy was changed meanwhile. Try again.");
  }
  return JsonObject();
}

Json* FindVersion(store::Resource& policy, const std::string& id) {
  for (auto& version : policy.spec.as_object()["Versions"].as_array()) {
    if (GetString(version, "VersionId") == id) return &version;
  }
  return nullptr;
}

[[noreturn]] void ThrowNoVersion(const std::string& arn, const std::string& id) {
  throw Error(kNoSuchEntity, fmt::format("Policy {} version {} does not exist or is not attachable.", arn, id));
}

Json CreatePolicyVersion(const Identity& identity, const wire::Call& call) {
  const auto policy = GetChangeable(identity, call);
  const std::string text = GetString(call.input, "PolicyDocument");
  Policy::Parse(text, PolicyType::kIdentity);
  CheckManagedPolicySize(text);
  std::string id;
  const auto changed =
      ChangeDocument(identity, policy->key, NotFound(policy->key.name), [&](store::Resource& document) {
        JsonObject& spec = document.spec.as_object();
        JsonArray& versions = spec["Versions"].as_array();
        if (versions.size() >= kVersionsMax) {
          throw Error(kLimitExceeded,
                      "A managed policy can have up to 5 versions. Before you create a new version, you must delete an "
                      "existing version.");
        }
        const std::int64_t number = GetInt(document.spec, "NextVersion");
        id = fmt::format("v{}", number);
        spec["NextVersion"] = number + 1;
        versions.push_back(MakeVersion(id, text, identity.clock().Now()));
        if (GetBool(call.input, "SetAsDefault")) spec["DefaultVersionId"] = id;
      });
  store::Resource copy = changed;
  return JsonObject{
      {"PolicyVersion", VersionView(*FindVersion(copy, id), GetString(changed.spec, "DefaultVersionId"), false)}};
}

Json GetPolicyVersion(const Identity& identity, const wire::Call& call) {
  const std::string arn = GetString(call.input, "PolicyArn");
  const std::string id = GetString(call.input, "VersionId");
  const auto policy = GetCustomerPolicy(identity, call, arn);
  if (policy != nullptr) {
    store::Resource copy = *policy;
    const Json* const version = FindVersion(copy, id);
    if (version == nullptr) ThrowNoVersion(arn, id);
    return JsonObject{{"PolicyVersion", VersionView(*version, GetString(policy->spec, "DefaultVersionId"), true)}};
  }
  if (id != "v1") ThrowNoVersion(arn, id);
  return JsonObject{{"PolicyVersion", VersionView(ManagedVersion(*FindManagedPolicy(arn)), "v1", true)}};
}

Json ListPolicyVersions(const Identity& identity, const wire::Call& call) {
  const std::string arn = GetString(call.input, "PolicyArn");
  const auto policy = GetCustomerPolicy(identity, call, arn);
  std::vector<std::pair<std::string, Json>> rows;
  if (policy == nullptr) {
    rows.emplace_back("v1",
                      JsonObject{{"VersionId", "v1"}, {"IsDefaultVersion", true}, {"CreateDate", kManagedCreated}});
  } else {
    for (const auto& version : policy->spec.at("Versions").as_array()) {
      // Newest first, as AWS lists them.
      const std::string id = GetString(version, "VersionId");
      rows.emplace_back(fmt::format("{:012}", 1'000'000'000 - std::stoll(id.substr(1))),
                        VersionView(version, GetString(policy->spec, "DefaultVersionId"), false));
    }
  }
  return MakePage(call.input, "Versions", std::move(rows));
}

Json SetDefaultPolicyVersion(const Identity& identity, const wire::Call& call) {
  const auto policy = GetChangeable(identity, call);
  const std::string id = GetString(call.input, "VersionId");
  ChangeDocument(identity, policy->key, NotFound(policy->key.name), [&](store::Resource& document) {
    if (FindVersion(document, id) == nullptr) ThrowNoVersion(GetString(document.spec, "Arn"), id);
    document.spec.as_object()["DefaultVersionId"] = id;
  });
  return JsonObject();
}

Json DeletePolicyVersion(const Identity& identity, const wire::Call& call) {
  const auto policy = GetChangeable(identity, call);
  const std::string id = GetString(call.input, "VersionId");
  ChangeDocument(identity, policy->key, NotFound(policy->key.name), [&](store::Resource& document) {
    if (GetString(document.spec, "DefaultVersionId") == id) {
      throw Error(kDeleteConflict, "Cannot delete the default version of a policy.");
    }
    JsonArray& versions = document.spec.as_object()["Versions"].as_array();
    const Json* const version = FindVersion(document, id);
    if (version == nullptr) ThrowNoVersion(GetString(document.spec, "Arn"), id);
    versions.erase(versions.begin() + (version - versions.data()));
  });
  return JsonObject();
}

Json TagPolicy(const Identity& identity, const wire::Call& call) {
  const auto policy = GetChangeable(identity, call);
  ChangeDocument(identity, policy->key, NotFound(policy->key.name), [&](store::Resource& document) {
    document.spec.as_object()["Tags"] = MergeTags(document.spec, call.input.at("Tags").as_array());
  });
  return JsonObject();
}

Json UntagPolicy(const Identity& identity, const wire::Call& call) {
  const auto policy = GetChangeable(identity, call);
  ChangeDocument(identity, policy->key, NotFound(policy->key.name), [&](store::Resource& document) {
    document.spec.as_object()["Tags"] = RemoveTags(document.spec, call.input.at("TagKeys").as_array());
  });
  return JsonObject();
}

Json ListPolicyTags(const Identity& identity, const wire::Call& call) {
  const auto policy = GetCustomerPolicy(identity, call, GetString(call.input, "PolicyArn"));
  std::vector<std::pair<std::string, Json>> rows;
  if (policy != nullptr) {
    for (const auto& tag : policy->spec.at("Tags").as_array()) rows.emplace_back(GetString(tag, "Key"), tag);
  }
  return MakePage(call.input, "Tags", std::move(rows));
}

// Whether an entity uses the policy in the way that PolicyUsageFilter asks for; without it any way counts.
bool UsesPolicy(const Json& spec, const std::string& arn, const std::string& usage) {
  const auto attached = NamesIn(spec, "AttachedPolicies");
  const bool is_attached = std::find(attached.begin(), attached.end(), arn) != attached.end();
  const bool is_boundary = GetString(spec, "PermissionsBoundary") == arn;
  return (is_attached && usage != "PermissionsBoundary") || (is_boundary && usage != "PermissionsPolicy");
}

Json ListEntitiesForPolicy(const Identity& identity, const wire::Call& call) {
  const std::string arn = GetString(call.input, "PolicyArn");
  GetCustomerPolicy(identity, call, arn);
  const std::string filter = GetString(call.input, "EntityFilter");
  const std::string usage = GetString(call.input, "PolicyUsageFilter");
  std::vector<std::pair<std::string, Json>> rows;
  for (const EntityKind* const kind : {&kUserEntity, &kGroupEntity, &kRoleEntity}) {
    if (!filter.empty() && filter != kind->title) continue;
    for (const auto& entity : ListDocuments(identity, kind->kind, call.account())) {
      if (!GetString(entity->spec, "Path").starts_with(GetString(call.input, "PathPrefix"))) continue;
      if (!UsesPolicy(entity->spec, arn, usage)) continue;
      const std::string id = std::string(kind->title) + "Id";
      rows.emplace_back(std::string(kind->noun) + "/" + entity->key.name,
                        JsonObject{{kind->name_member, entity->key.name}, {id, GetString(entity->spec, id)}});
    }
  }
  Json page = MakePage(call.input, "Entities", std::move(rows));
  JsonObject& out = page.as_object();
  const Json entities = out["Entities"];
  out.erase("Entities");
  for (const EntityKind* const kind : {&kUserEntity, &kGroupEntity, &kRoleEntity}) {
    JsonArray of_kind;
    for (const auto& item : entities.as_array()) {
      if (item.as_object().contains(kind->name_member)) of_kind.push_back(item);
    }
    out["Policy" + std::string(kind->title) + "s"] = std::move(of_kind);
  }
  return page;
}

}  // namespace

std::map<std::string, PolicyUses> CountPolicyUses(const Identity& identity, const std::string& account) {
  std::map<std::string, PolicyUses> uses;
  for (const auto kind : {kUserKind, kGroupKind, kRoleKind}) {
    for (const auto& entity : ListDocuments(identity, kind, account)) {
      for (const auto& arn : NamesIn(entity->spec, "AttachedPolicies")) ++uses[arn].attached;
      const std::string boundary = GetString(entity->spec, "PermissionsBoundary");
      if (!boundary.empty()) ++uses[boundary].as_boundary;
    }
  }
  return uses;
}

Json PolicyDetail(const store::Resource& policy, const PolicyUses& uses) {
  Json out = CustomerView(policy, uses, true);
  JsonArray versions;
  for (const auto& version : policy.spec.at("Versions").as_array()) {
    versions.push_back(VersionView(version, GetString(policy.spec, "DefaultVersionId"), true));
  }
  out.as_object()["PolicyVersionList"] = std::move(versions);
  out.as_object().erase("Tags");
  return out;
}

Json PolicyDetail(const ManagedPolicy& policy, const PolicyUses& uses) {
  Json out = ManagedView(policy, uses, true);
  out.as_object()["PolicyVersionList"] = JsonArray{VersionView(ManagedVersion(policy), "v1", true)};
  out.as_object().erase("Tags");
  return out;
}

void AddPolicyOperations(wire::OperationTable& table, const Identity& identity) {
  AddEach(table, identity,
          {{"CreatePolicy", CreatePolicy},
           {"GetPolicy", GetPolicy},
           {"ListPolicies", ListPolicies},
           {"DeletePolicy", DeletePolicy},
           {"CreatePolicyVersion", CreatePolicyVersion},
           {"GetPolicyVersion", GetPolicyVersion},
           {"ListPolicyVersions", ListPolicyVersions},
           {"SetDefaultPolicyVersion", SetDefaultPolicyVersion},
           {"DeletePolicyVersion", DeletePolicyVersion},
           {"TagPolicy", TagPolicy},
           {"UntagPolicy", UntagPolicy},
           {"ListPolicyTags", ListPolicyTags},
           {"ListEntitiesForPolicy", ListEntitiesForPolicy}});
}

}  // namespace sagebrush::identity
