// Instance profiles: names under which a machine would get a role. There are no machines here; Terraform and AWS's
// consoles make a profile beside a role, and delete the one before the other.
#include <fmt/format.h>

#include "identity/entities.h"
#include "identity/iam_error.h"
#include "identity/iam_operations.h"
#include "identity/iam_views.h"

namespace sagebrush::identity {
namespace {

Json CreateInstanceProfile(const Identity& identity, const wire::Call& call) {
  store::Resource profile =
      NewEntity(identity, call, kInstanceProfileEntity, GetString(call.input, "InstanceProfileName"));
  profile.spec.as_object()["Roles"] = JsonArray();
  InsertEntity(identity, kInstanceProfileEntity, profile);
  return JsonObject{{"InstanceProfile", InstanceProfileView(identity, profile, Detail::kWhole)}};
}

Json GetInstanceProfile(const Identity& identity, const wire::Call& call) {
  const auto profile =
      GetEntity(identity, kInstanceProfileEntity, call.account(), GetString(call.input, "InstanceProfileName"));
  return JsonObject{{"InstanceProfile", InstanceProfileView(identity, *profile, Detail::kWhole)}};
}

Json ListInstanceProfiles(const Identity& identity, const wire::Call& call) {
  std::vector<std::pair<std::string, Json>> rows;
  for (const auto& profile : ListDocuments(identity, kInstanceProfileKind, call.account())) {
    if (!GetString(profile->spec, "Path").starts_with(GetString(call.input, "PathPrefix"))) continue;
    rows.emplace_back(profile->key.name, InstanceProfileView(identity, *profile, Detail::kOutline));
  }
  return MakePage(call.input, "InstanceProfiles", std::move(rows));
}

Json ListInstanceProfilesForRole(const Identity& identity, const wire::Call& call) {
  const auto role = GetEntity(identity, kRoleEntity, call.account(), GetString(call.input, "RoleName"));
  std::vector<std::pair<std::string, Json>> rows;
  for (const auto& name : NamesIn(role->spec, "InstanceProfiles")) {
    const auto profile = identity.store().Get(EntityKey(kInstanceProfileKind, call.account(), name));
    if (profile != nullptr) rows.emplace_back(name, InstanceProfileView(identity, *profile, Detail::kOutline));
  }
  return MakePage(call.input, "InstanceProfiles", std::move(rows));
}

Json DeleteInstanceProfile(const Identity& identity, const wire::Call& call) {
  const auto profile =
      GetEntity(identity, kInstanceProfileEntity, call.account(), GetString(call.input, "InstanceProfileName"));
  if (!NamesIn(profile->spec, "Roles").empty()) {
    throw Error(kDeleteConflict, "Cannot delete entity, must remove roles from instance profile first.");
  }
  DeleteEntity(identity, *profile);
  return JsonObject();
}

std::vector<NamedDocument> RoleAndProfile(const wire::Call& call) {
  return {Named(kRoleEntity, call.account(), GetString(call.input, "RoleName")),
          Named(kInstanceProfileEntity, call.account(), GetString(call.input, "InstanceProfileName"))};
}

Json AddRole(const Identity& identity, const wire::Call& call) {
  const auto documents = RoleAndProfile(call);
  const auto &role_name = documents[0].key.name, &profile_name = documents[1].key.name;
  ChangeTogether(identity, documents, [&](std::vector<store::Resource>& changed) {
    RequireModifiable(changed[0]);
    if (!NamesIn(changed[1].spec, "Roles").empty()) {
      throw Error(kLimitExceeded, "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
    }
    AddName(changed[0].spec, "InstanceProfiles", profile_name);
    AddName(changed[1].spec, "Roles", role_name);
  });
  return JsonObject();
}

Json RemoveRole(const Identity& identity, const wire::Call& call) {
  const auto documents = RoleAndProfile(call);
  const auto &role_name = documents[0].key.name, &profile_name = documents[1].key.name;
  ChangeTogether(identity, documents, [&](std::vector<store::Resource>& changed) {
    RemoveName(changed[0].spec, "InstanceProfiles", profile_name);
    if (RemoveName(changed[1].spec, "Roles", role_name)) return;
    throw Error(kNoSuchEntity, fmt::format("Role {} cannot be found in Instance Profile {}.", role_name, profile_name));
  });
  return JsonObject();
}

}  // namespace

void AddInstanceProfileOperations(wire::OperationTable& table, const Identity& identity) {
  AddEach(table, identity,
          {{"CreateInstanceProfile", CreateInstanceProfile},
           {"GetInstanceProfile", GetInstanceProfile},
           {"ListInstanceProfiles", ListInstanceProfiles},
           {"ListInstanceProfilesForRole", ListInstanceProfilesForRole},
           {"DeleteInstanceProfile", DeleteInstanceProfile},
           {"AddRoleToInstanceProfile", AddRole},
           {"RemoveRoleFromInstanceProfile", RemoveRole}});
}

}  // namespace sagebrush::identity
