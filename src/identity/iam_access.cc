// What an operation of IAM acts on, and the condition keys that follow from it and from the input.
#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "identity/entities.h"
#include "identity/iam_error.h"
#include "identity/managed_policies.h"
#include "identity/service_roles.h"

namespace sagebrush::identity {
namespace {

// A user, role or policy that may not exist (yet).
struct Target {
  std::string arn;
  ResourcePointer document;  // nullptr: does not exist, or is the account's root or AWS's own policy.
};

Target EntityTarget(const Identity& identity, const EntityKind& kind, const wire::Call& call, const std::string& name) {
  auto document = identity.store().Get(EntityKey(kind.kind, call.account(), name));
  if (document != nullptr) return {GetString(document->spec, "Arn"), document};
  return {fmt::format("arn:aws:iam::{}:{}{}{}", call.account(), kind.noun, GetString(call.input, "Path", "/"), name),
          nullptr};
}

Target PolicyTarget(const Identity& identity, const wire::Call& call, const std::string& arn) {
  const std::string name = arn.substr(arn.rfind('/') + 1);
  auto document = identity.store().Get(EntityKey(kPolicyKind, call.account(), name));
  if (document != nullptr && GetString(document->spec, "Arn") != arn) document = nullptr;
  return {arn, document};
}

// The owner of an access key; the account's root for keys of its own.
Target KeyOwnerTarget(const Identity& identity, const wire::Call& call, const std::string& id) {
  const auto key = identity.store().Get(EntityKey(kAccessKeyKind, "", id));
  if (key == nullptr || GetString(key->spec, "Account") != call.account()) return {"*", nullptr};
  const std::string user = GetString(key->spec, "UserName");
  if (user.empty()) return {RootArn(call.account()), nullptr};
  return EntityTarget(identity, kUserEntity, call, user);
}

// One of the resources that have a name of their own in an input. What comes first is what the operation acts on: of a
// profile and its role the profile, of a group and its member the group.
constexpr std::array<const EntityKind*, 4> kNamed{&kInstanceProfileEntity, &kGroupEntity, &kRoleEntity, &kUserEntity};

// The ARN that an input gives, whatever it names.
std::optional<Target> ArnTarget(const Identity& identity, const wire::Call& call) {
  for (const EntityKind* const kind : {&kOidcProviderEntity, &kSamlProviderEntity}) {
    const std::string arn = GetString(call.input, kind->name_member);
    if (arn.empty()) continue;
    const std::string name = arn.substr(std::min(arn.size(), arn.find('/') + 1));
    auto document = identity.store().Get(EntityKey(kind->kind, call.account(), name));
    if (document != nullptr && GetString(document->spec, "Arn") != arn) document = nullptr;
    return Target{arn, document};
  }
  const std::string policy = GetString(call.input, "PolicyArn");
  if (!policy.empty()) return PolicyTarget(identity, call, policy);
  const std::string source = GetString(call.input, "PolicySourceArn");
  if (!source.empty()) return Target{source, nullptr};
  return std::nullopt;
}

// What the operation makes, or asks for by something else than its name.
Target OtherTarget(const Identity& identity, const std::string& action, const wire::Call& call) {
  const auto arn_of = [&](std::string_view noun, const std::string& name) {
    return fmt::format("arn:aws:iam::{}:{}/{}", call.account(), noun, name);
  };
  const auto given = [&](const char* member) { return GetString(call.input, member); };
  if (action == "iam:CreatePolicy") {
    return PolicyTarget(identity, call,
                        arn_of("policy", GetString(call.input, "Path", "/").substr(1) + given("PolicyName")));
  }
  if (action == "iam:CreateOpenIDConnectProvider") {
    const std::string url = given("Url");
    return {arn_of("oidc-provider", url.substr(url.starts_with("https://") ? 8 : 0)), nullptr};
  }
  if (action == "iam:CreateSAMLProvider") return {arn_of("saml-provider", given("Name")), nullptr};
  if (action == "iam:CreateServiceLinkedRole") {
    return {arn_of("role", std::string(kServiceRolePath.substr(1)) + ServiceRoleIn(given("AWSServiceName"))), nullptr};
  }
  if (action == "iam:GetServiceLinkedRoleDeletionStatus") {
    const std::string task = given("DeletionTaskId");  // "task/aws-service-role/<service>/<role>/<id>"
    return {arn_of("role", task.starts_with("task/") ? task.substr(5, task.rfind('/') - 5) : "*"), nullptr};
  }
  if (action == "iam:GetAccessKeyLastUsed") return KeyOwnerTarget(identity, call, given("AccessKeyId"));
  if (action.ends_with("User") || action.ends_with("AccessKey") || action.ends_with("AccessKeys")) {
    return {call.principal.identity_arn, nullptr};  // The name was left out: the caller itself.
  }
  return {"*", nullptr};
}

Target TargetOf(const Identity& identity, const std::string& action, const wire::Call& call) {
  for (const EntityKind* const kind : kNamed) {
    const std::string name = GetString(call.input, kind->name_member);
    if (!name.empty()) return EntityTarget(identity, *kind, call, name);
  }
  if (auto target = ArnTarget(identity, call)) return *std::move(target);
  return OtherTarget(identity, action, call);
}

// Besides its own right an operation that hands a role to somebody needs that to pass the role.
void AddPassRole(const Identity& identity, const std::string& action, const wire::Call& call,
                 std::vector<wire::Access>& accesses) {
  if (action != "iam:AddRoleToInstanceProfile") return;
  accesses.push_back({"iam:PassRole",
                      EntityTarget(identity, kRoleEntity, call, GetString(call.input, "RoleName")).arn,
                      {{"iam:PassedToService", "ec2.amazonaws.com"}},
                      nullptr});
}

void AddTags(const Json* tags, std::initializer_list<std::string_view> families, JsonObject& context) {
  if (tags == nullptr || !tags->is_array()) return;
  for (const Json& tag : tags->get_array()) {
    for (const auto family : families) context[std::string(family) + GetString(tag, "Key")] = GetString(tag, "Value");
  }
}

void AddTagKeys(const Json& input, JsonObject& context) {
  JsonArray keys;
  if (const Json* const tags = Find(input, "Tags")) {
    for (const Json& tag : tags->as_array()) keys.emplace_back(GetString(tag, "Key"));
  }
  if (const Json* const removed = Find(input, "TagKeys")) {
    for (const Json& key : removed->as_array()) keys.push_back(key);
  }
  if (!keys.empty()) context["aws:TagKeys"] = std::move(keys);
}

JsonObject ContextOf(const wire::Call& call, const Target& target) {
  JsonObject context;
  AddTags(Find(call.input, "Tags"), {"aws:RequestTag/"}, context);
  AddTagKeys(call.input, context);
  if (target.document != nullptr) {
    AddTags(Find(target.document->spec, "Tags"), {"aws:ResourceTag/", "iam:ResourceTag/"}, context);
  }
  if (const std::string policy = GetString(call.input, "PolicyArn"); !policy.empty()) context["iam:PolicyARN"] = policy;
  const std::string service = GetString(call.input, "AWSServiceName");
  if (!service.empty()) context["iam:AWSServiceName"] = service;
  // The boundary that is being set, else the one that the user or role has.
  std::string boundary = GetString(call.input, "PermissionsBoundary");
  if (boundary.empty() && target.document != nullptr)
    boundary = GetString(target.document->spec, "PermissionsBoundary");
  if (!boundary.empty()) context["iam:PermissionsBoundary"] = boundary;
  return context;
}

}  // namespace

namespace {

// Renaming a user or group needs the right to both its names.
void AddNewName(const EntityKind& kind, const std::string& action, const wire::Call& call, const Target& target,
                const JsonObject& context, std::vector<wire::Access>& accesses) {
  const std::string new_name = GetString(call.input, "New" + std::string(kind.name_member));
  const std::string new_path = GetString(call.input, "NewPath");
  const std::string name = GetString(call.input, kind.name_member);
  if (name.empty() || (new_name.empty() && new_path.empty())) return;
  const std::string old_path = target.document == nullptr ? "/" : GetString(target.document->spec, "Path", "/");
  accesses.push_back({action,
                      fmt::format("arn:aws:iam::{}:{}{}{}", call.account(), kind.noun,
                                  new_path.empty() ? old_path : new_path, new_name.empty() ? name : new_name),
                      context, nullptr});
}

}  // namespace

namespace {

// IAM takes temporary credentials of roles only: those of GetSessionToken would need a second factor, and those of
// GetFederationToken may never (docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html).
void RefuseUserSessions(const wire::Principal& principal) {
  const bool is_session = principal.access_key_id.starts_with("ASIA");
  if (is_session && principal.arn.find(":assumed-role/") == std::string::npos) {
    throw Error(kInvalidClientToken, "The security token included in the request is invalid");
  }
}

}  // namespace

wire::AccessRule IamAccess(const Identity& identity, std::string action) {
  return [&identity, action = "iam:" + std::move(action)](const wire::Call& call) {
    RefuseUserSessions(call.principal);
    const Target target = TargetOf(identity, action, call);
    const JsonObject context = ContextOf(call, target);
    std::vector<wire::Access> accesses{{action, target.arn, context, nullptr}};
    for (const EntityKind* const kind : {&kUserEntity, &kGroupEntity}) {
      AddNewName(*kind, action, call, target, context, accesses);
    }
    AddPassRole(identity, action, call, accesses);
    return accesses;
  };
}

}  // namespace sagebrush::identity
