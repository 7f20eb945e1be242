// What an operation of IAM acts on, and the condition keys that follow from it and from the input.
#include <fmt/format.h>

#include "identity/entities.h"
#include "identity/managed_policies.h"

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

Target TargetOf(const Identity& identity, const std::string& action, const wire::Call& call) {
  const auto given = [&](const char* member) { return Find(call.input, member) != nullptr; };
  if (given("RoleName")) return EntityTarget(identity, kRoleEntity, call, GetString(call.input, "RoleName"));
  if (given("UserName")) return EntityTarget(identity, kUserEntity, call, GetString(call.input, "UserName"));
  if (given("PolicyName")) {
    return PolicyTarget(identity, call,
                        fmt::format("arn:aws:iam::{}:policy{}{}", call.account(), GetString(call.input, "Path", "/"),
                                    GetString(call.input, "PolicyName")));
  }
  if (given("PolicyArn")) return PolicyTarget(identity, call, GetString(call.input, "PolicyArn"));
  if (given("PolicySourceArn")) return {GetString(call.input, "PolicySourceArn"), nullptr};
  if (action.ends_with("GetAccessKeyLastUsed")) {
    return KeyOwnerTarget(identity, call, GetString(call.input, "AccessKeyId"));
  }
  if (action.ends_with("User") || action.ends_with("AccessKey") || action.ends_with("AccessKeys")) {
    return {call.principal.identity_arn, nullptr};  // The name was left out: the caller itself.
  }
  return {"*", nullptr};
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
  // The boundary that is being set, else the one that the user or role has.
  std::string boundary = GetString(call.input, "PermissionsBoundary");
  if (boundary.empty() && target.document != nullptr)
    boundary = GetString(target.document->spec, "PermissionsBoundary");
  if (!boundary.empty()) context["iam:PermissionsBoundary"] = boundary;
  return context;
}

}  // namespace

wire::AccessRule IamAccess(const Identity& identity, std::string action) {
  return [&identity, action = "iam:" + std::move(action)](const wire::Call& call) {
    const Target target = TargetOf(identity, action, call);
    const JsonObject context = ContextOf(call, target);
    std::vector<wire::Access> accesses{{action, target.arn, context, nullptr}};
    // Renaming a user needs the right to both its names.
    const std::string new_name = GetString(call.input, "NewUserName");
    const std::string new_path = GetString(call.input, "NewPath");
    if (new_name.empty() && new_path.empty()) return accesses;
    const Json* const path = target.document == nullptr ? nullptr : Find(target.document->spec, "Path");
    accesses.push_back({action,
                        fmt::format("arn:aws:iam::{}:user{}{}", call.account(),
                                    !new_path.empty() ? new_path
                                    : path != nullptr ? std::string(path->as_string())
                                                      : "/",
                                    new_name.empty() ? GetString(call.input, "UserName") : new_name),
                        context, nullptr});
    return accesses;
  };
}

}  // namespace sagebrush::identity
