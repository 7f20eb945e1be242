// Roles and whom they trust.
#include <fmt/format.h>

#include "base/encoding.h"
#include "identity/entities.h"
#include "identity/iam_error.h"
#include "identity/iam_operations.h"
#include "identity/iam_views.h"
#include "identity/policy_size.h"

namespace sagebrush::identity {
namespace {

// A trust policy as it is kept.
std::string ReadTrust(const Identity& identity, const std::string& text) {
  std::string pinned = identity.PinTrustPolicy(text);
  CheckTrustPolicySize(text);
  return pinned;
}

Json CreateRole(const Identity& identity, const wire::Call& call) {
  if (GetString(call.input, "Path").starts_with(kServiceRolePath)) {
    throw Error(kInvalidInput, fmt::format("The path {} is for service-linked roles: use CreateServiceLinkedRole.",
                                           GetString(call.input, "Path")));
  }
  const std::string trust = ReadTrust(identity, GetString(call.input, "AssumeRolePolicyDocument"));
  store::Resource role = NewEntity(identity, call, kRoleEntity, GetString(call.input, "RoleName"));
  JsonObject& spec = role.spec.as_object();
  spec["AssumeRolePolicyDocument"] = trust;
  spec["Description"] = GetString(call.input, "Description");
  spec["MaxSessionDuration"] = GetInt(call.input, "MaxSessionDuration", 3600);
  spec["InlinePolicies"] = JsonObject();
  spec["AttachedPolicies"] = JsonArray();
  SetBoundary(identity, call, role);
  InsertEntity(identity, kRoleEntity, role);
  return JsonObject{{"Role", RoleView(identity, role, Detail::kWhole)}};
}

Json GetRole(const Identity& identity, const wire::Call& call) {
  const auto role = GetEntity(identity, kRoleEntity, call.account(), GetString(call.input, "RoleName"));
  Json shown = RoleView(identity, *role, Detail::kWhole);
  ShowLastUse(identity, *role, shown.as_object());
  return JsonObject{{"Role", std::move(shown)}};
}

Json ListRoles(const Identity& identity, const wire::Call& call) {
  std::vector<std::pair<std::string, Json>> rows;
  for (const auto& role : ListDocuments(identity, kRoleKind, call.account())) {
    if (!GetString(role->spec, "Path").starts_with(GetString(call.input, "PathPrefix"))) continue;
    rows.emplace_back(role->key.name, RoleView(identity, *role, Detail::kOutline));
  }
  return MakePage(call.input, "Roles", std::move(rows));
}

Json DeleteRole(const Identity& identity, const wire::Call& call) {
  const auto role = GetEntity(identity, kRoleEntity, call.account(), GetString(call.input, "RoleName"));
  RequireModifiable(*role);
  if (!NamesIn(role->spec, "InstanceProfiles").empty()) {
    throw Error(kDeleteConflict, "Cannot delete entity, must remove roles from instance profile first.");
  }
  RequireNoPolicies(*role);
  DeleteEntity(identity, *role);
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
  ChangeEntity(identity, kRoleEntity, call.account(), GetString(call.input, "RoleName"), [&](store::Resource& role) {
    RequireModifiable(role);
    role.spec.as_object()["AssumeRolePolicyDocument"] = trust;
  });
  return JsonObject();
}

}  // namespace

void AddRoleOperations(wire::OperationTable& table, const Identity& identity) {
  AddEach(table, identity,
          {{"CreateRole", CreateRole},
           {"GetRole", GetRole},
           {"ListRoles", ListRoles},
           {"DeleteRole", DeleteRole},
           {"UpdateRole", UpdateRole},
           {"UpdateRoleDescription", UpdateRoleDescription},
           {"UpdateAssumeRolePolicy", UpdateAssumeRolePolicy}});
}

}  // namespace sagebrush::identity
