// Roles and whom they trust.
#include <fmt/format.h>

#include "base/encoding.h"
#include "identity/entities.h"
#include "identity/iam_error.h"
#include "identity/iam_operations.h"
#include "identity/policy_size.h"

namespace sagebrush::identity {
namespace {

Json RoleView(const Identity& identity, const store::Resource& role, bool whole) {
  JsonObject out{
      {"Path", GetString(role.spec, "Path")},
      {"RoleName", role.key.name},
      {"RoleId", GetString(role.spec, "RoleId")},
      {"Arn", GetString(role.spec, "Arn")},
      {"CreateDate", role.created.ToEpochSeconds()},
      {"AssumeRolePolicyDocument", UriEncode(identity.ShowPolicy(GetString(role.spec, "AssumeRolePolicyDocument")))},
      {"MaxSessionDuration", GetInt(role.spec, "MaxSessionDuration", 3600)}};
  const std::string description = GetString(role.spec, "Description");
  if (!description.empty()) out["Description"] = description;
  if (!whole) return out;
  const std::string boundary = GetString(role.spec, "PermissionsBoundary");
  if (!boundary.empty()) {
    out["PermissionsBoundary"] =
        JsonObject{{"PermissionsBoundaryType", "Policy"}, {"PermissionsBoundaryArn", boundary}};
  }
  const Json* const tags = Find(role.spec, "Tags");
  if (tags != nullptr && !tags->as_array().empty()) out["Tags"] = *tags;
  out["RoleLastUsed"] = JsonObject();
  return out;
}

// A trust policy as it is kept.
std::string ReadTrust(const Identity& identity, const std::string& text) {
  std::string pinned = identity.PinTrustPolicy(text);
  CheckTrustPolicySize(text);
  return pinned;
}

Json CreateRole(const Identity& identity, const wire::Call& call) {
  const std::string name = GetString(call.input, "RoleName");
  const std::string path = GetString(call.input, "Path", "/");
  const std::string trust = ReadTrust(identity, GetString(call.input, "AssumeRolePolicyDocument"));
  const Json* const tags = Find(call.input, "Tags");
  store::Resource role;
  role.key = EntityKey(kRoleKind, call.account(), name);
  role.created = role.modified = identity.clock().Now();
  role.spec = JsonObject{{"Path", path},
                         {"RoleId", NewUniqueId("AROA")},
                         {"Arn", fmt::format("arn:aws:iam::{}:role{}{}", call.account(), path, name)},
                         {"AssumeRolePolicyDocument", trust},
                         {"Description", GetString(call.input, "Description")},
                         {"MaxSessionDuration", GetInt(call.input, "MaxSessionDuration", 3600)},
                         {"Tags", MergeTags(JsonObject(), tags ? tags->as_array() : JsonArray())},
                         {"InlinePolicies", JsonObject()},
                         {"AttachedPolicies", JsonArray()}};
  const std::string boundary = GetString(call.input, "PermissionsBoundary");
  if (!boundary.empty()) role.spec.as_object()["PermissionsBoundary"] = boundary;
  if (!identity.store().Insert(role)) {
    throw Error(kEntityAlreadyExists, fmt::format("Role with name {} already exists.", name));
  }
  identity.directory().Forget();
  return JsonObject{{"Role", RoleView(identity, role, true)}};
}

Json GetRole(const Identity& identity, const wire::Call& call) {
  const auto role = GetEntity(identity, kRoleEntity, call.account(), GetString(call.input, "RoleName"));
  return JsonObject{{"Role", RoleView(identity, *role, true)}};
}

Json ListRoles(const Identity& identity, const wire::Call& call) {
  std::vector<std::pair<std::string, Json>> rows;
  for (const auto& role : ListDocuments(identity, kRoleKind, call.account())) {
    if (!GetString(role->spec, "Path").starts_with(GetString(call.input, "PathPrefix"))) continue;
    rows.emplace_back(role->key.name, RoleView(identity, *role, false));
  }
  return MakePage(call.input, "Roles", std::move(rows));
}

Json DeleteRole(const Identity& identity, const wire::Call& call) {
  const auto role = GetEntity(identity, kRoleEntity, call.account(), GetString(call.input, "RoleName"));
  if (!role->spec.at("AttachedPolicies").as_array().empty()) {
    throw Error(kDeleteConflict, "Cannot delete entity, must detach all policies first.");
  }
  if (!role->spec.at("InlinePolicies").as_object().empty()) {
    throw Error(kDeleteConflict, "Cannot delete entity, must delete policies first.");
  }
  if (!identity.store().Delete(*role)) {
    throw Error(kConcurrentModification, "The role was changed meanwhile. Try again.");
  }
  identity.directory().Forget();
  return JsonObject();
}

void UpdateMembers(const Identity& identity, const wire::Call& call) {
  ChangeEntity(identity, kRoleEntity, call.account(), GetString(call.input, "RoleName"), [&](store::Resource& role) {
    for (const char* const member : {"Description", "MaxSessionDuration"}) {
      if (const Json* const value = Find(call.input, member)) role.spec.as_object()[member] = *value;
    }
  });
}

Json UpdateRole(const Identity& identity, const wire::Call& call) {
  UpdateMembers(identity, call);
  return JsonObject();
}

Json UpdateRoleDescription(const Identity& identity, const wire::Call& call) {
  UpdateMembers(identity, call);
  return GetRole(identity, call);
}

Json UpdateAssumeRolePolicy(const Identity& identity, const wire::Call& call) {
  const std::string trust = ReadTrust(identity, GetString(call.input, "PolicyDocument"));
  ChangeEntity(identity, kRoleEntity, call.account(), GetString(call.input, "RoleName"),
               [&](store::Resource& role) { role.spec.as_object()["AssumeRolePolicyDocument"] = trust; });
  return JsonObject();
}

}  // namespace

void AddRoleOperations(wire::OperationTable& table, const Identity& identity) {
  using Function = Json (*)(const Identity&, const wire::Call&);
  for (const auto& [name, function] :
       std::initializer_list<std::pair<const char*, Function>>{{"CreateRole", CreateRole},
                                                               {"GetRole", GetRole},
                                                               {"ListRoles", ListRoles},
                                                               {"DeleteRole", DeleteRole},
                                                               {"UpdateRole", UpdateRole},
                                                               {"UpdateRoleDescription", UpdateRoleDescription},
                                                               {"UpdateAssumeRolePolicy", UpdateAssumeRolePolicy}}) {
    AddIamOperation(table, identity, name,
                    [&identity, function = function](wire::Call& call) { return function(identity, call); });
  }
}

}  // namespace sagebrush::identity
