#include "identity/iam_views.h"

#include "base/encoding.h"
#include "identity/entities.h"

namespace sagebrush::identity {

void ShowBoundary(const Json& spec, JsonObject& out) {
  const std::string boundary = GetString(spec, "PermissionsBoundary");
  if (boundary.empty()) return;
  out["PermissionsBoundary"] = JsonObject{{"PermissionsBoundaryType", "Policy"}, {"PermissionsBoundaryArn", boundary}};
}

void ShowTags(const Json& spec, JsonObject& out) {
  const Json* const tags = Find(spec, "Tags");
  if (tags != nullptr && !tags->as_array().empty()) out["Tags"] = *tags;
}

Json UserView(const store::Resource& user, Detail detail) {
  JsonObject out{{"Path", GetString(user.spec, "Path")},
                 {"UserName", user.key.name},
                 {"UserId", GetString(user.spec, "UserId")},
                 {"Arn", GetString(user.spec, "Arn")},
                 {"CreateDate", user.created.ToEpochSeconds()}};
  if (detail == Detail::kOutline) return out;
  ShowBoundary(user.spec, out);
  ShowTags(user.spec, out);
  return out;
}

Json GroupView(const store::Resource& group) {
  return JsonObject{{"Path", GetString(group.spec, "Path")},
                    {"GroupName", group.key.name},
                    {"GroupId", GetString(group.spec, "GroupId")},
                    {"Arn", GetString(group.spec, "Arn")},
                    {"CreateDate", group.created.ToEpochSeconds()}};
}

Json RoleView(const Identity& identity, const store::Resource& role, Detail detail) {
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
  if (detail == Detail::kOutline) return out;
  ShowBoundary(role.spec, out);
  ShowTags(role.spec, out);
  return out;
}

void ShowLastUse(const Identity& identity, const store::Resource& role, JsonObject& out) {
  const LastUses::Use use = identity.last_uses().Last(GetString(role.spec, "RoleId"));
  JsonObject last;
  if (use.time.milliseconds != 0) last = {{"LastUsedDate", use.time.ToEpochSeconds()}, {"Region", use.region}};
  out["RoleLastUsed"] = std::move(last);
}

Json InstanceProfileView(const Identity& identity, const store::Resource& profile, Detail detail) {
  JsonArray roles;
  for (const auto& name : NamesIn(profile.spec, "Roles")) {
    const auto role = identity.store().Get(EntityKey(kRoleKind, profile.key.account, name));
    if (role != nullptr) roles.push_back(RoleView(identity, *role, Detail::kOutline));
  }
  JsonObject out{{"Path", GetString(profile.spec, "Path")},
                 {"InstanceProfileName", profile.key.name},
                 {"InstanceProfileId", GetString(profile.spec, "InstanceProfileId")},
                 {"Arn", GetString(profile.spec, "Arn")},
                 {"CreateDate", profile.created.ToEpochSeconds()},
                 {"Roles", std::move(roles)}};
  if (detail == Detail::kWhole) ShowTags(profile.spec, out);
  return out;
}

}  // namespace sagebrush::identity
