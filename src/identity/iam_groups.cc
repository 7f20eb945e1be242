// Groups: users that have policies together. A membership stands in both documents, written in one commit.
#include <algorithm>

#include <fmt/format.h>

#include "identity/entities.h"
#include "identity/iam_error.h"
#include "identity/iam_operations.h"
#include "identity/iam_views.h"

namespace sagebrush::identity {
namespace {

constexpr std::size_t kGroupsPerUserMax = 10;

Json CreateGroup(const Identity& identity, const wire::Call& call) {
  store::Resource group = NewEntity(identity, call, kGroupEntity, GetString(call.input, "GroupName"));
  JsonObject& spec = group.spec.as_object();
  spec["InlinePolicies"] = JsonObject();
  spec["AttachedPolicies"] = JsonArray();
  spec["Users"] = JsonArray();
  InsertEntity(identity, kGroupEntity, group);
  return JsonObject{{"Group", GroupView(group)}};
}

Json GetGroup(const Identity& identity, const wire::Call& call) {
  const auto group = GetEntity(identity, kGroupEntity, call.account(), GetString(call.input, "GroupName"));
  std::vector<std::pair<std::string, Json>> rows;
  for (const auto& name : NamesIn(group->spec, "Users")) {
    const auto user = identity.store().Get(EntityKey(kUserKind, call.account(), name));
    if (user != nullptr) rows.emplace_back(name, UserView(*user, Detail::kOutline));
  }
  Json page = MakePage(call.input, "Users", std::move(rows));
  page.as_object()["Group"] = GroupView(*group);
  return page;
}

Json ListGroups(const Identity& identity, const wire::Call& call) {
  std::vector<std::pair<std::string, Json>> rows;
  for (const auto& group : ListDocuments(identity, kGroupKind, call.account())) {
    if (!GetString(group->spec, "Path").starts_with(GetString(call.input, "PathPrefix"))) continue;
    rows.emplace_back(group->key.name, GroupView(*group));
  }
  return MakePage(call.input, "Groups", std::move(rows));
}

// The members of a renamed group name it anew.
std::vector<Mention> MentionsOf(const store::Resource& group, const std::string& new_name) {
  std::vector<Mention> mentions;
  for (const auto& user : NamesIn(group.spec, "Users")) {
    mentions.push_back({EntityKey(kUserKind, group.key.account, user), [old = group.key.name, new_name](Json& spec) {
                          RemoveName(spec, "Groups", old);
                          AddName(spec, "Groups", new_name);
                        }});
  }
  return mentions;
}

Json UpdateGroup(const Identity& identity, const wire::Call& call) {
  RenameEntity(identity, call, kGroupEntity, MentionsOf);
  return JsonObject();
}

Json DeleteGroup(const Identity& identity, const wire::Call& call) {
  const auto group = GetEntity(identity, kGroupEntity, call.account(), GetString(call.input, "GroupName"));
  if (!NamesIn(group->spec, "Users").empty()) {
    throw Error(kDeleteConflict, "Cannot delete entity, must remove users from group first.");
  }
  RequireNoPolicies(*group);
  DeleteEntity(identity, *group);
  return JsonObject();
}

std::vector<NamedDocument> UserAndGroup(const wire::Call& call) {
  return {Named(kUserEntity, call.account(), GetString(call.input, "UserName")),
          Named(kGroupEntity, call.account(), GetString(call.input, "GroupName"))};
}

Json AddUserToGroup(const Identity& identity, const wire::Call& call) {
  const auto documents = UserAndGroup(call);
  const auto &user_name = documents[0].key.name, &group_name = documents[1].key.name;
  ChangeTogether(identity, documents, [&](std::vector<store::Resource>& changed) {
    AddName(changed[0].spec, "Groups", group_name);
    if (NamesIn(changed[0].spec, "Groups").size() > kGroupsPerUserMax) {
      throw Error(kLimitExceeded, fmt::format("Cannot exceed quota for GroupsPerUser: {}", kGroupsPerUserMax));
    }
    AddName(changed[1].spec, "Users", user_name);
  });
  return JsonObject();
}

Json RemoveUserFromGroup(const Identity& identity, const wire::Call& call) {
  const auto documents = UserAndGroup(call);
  const auto &user_name = documents[0].key.name, &group_name = documents[1].key.name;
  ChangeTogether(identity, documents, [&](std::vector<store::Resource>& changed) {
    RemoveName(changed[0].spec, "Groups", group_name);
    RemoveName(changed[1].spec, "Users", user_name);
  });
  return JsonObject();
}

Json ListGroupsForUser(const Identity& identity, const wire::Call& call) {
  const auto user = GetEntity(identity, kUserEntity, call.account(), GetString(call.input, "UserName"));
  std::vector<std::pair<std::string, Json>> rows;
  for (const auto& name : NamesIn(user->spec, "Groups")) {
    const auto group = identity.store().Get(EntityKey(kGroupKind, call.account(), name));
    if (group != nullptr) rows.emplace_back(name, GroupView(*group));
  }
  return MakePage(call.input, "Groups", std::move(rows));
}

}  // namespace

void AddGroupOperations(wire::OperationTable& table, const Identity& identity) {
  AddEach(table, identity,
          {{"CreateGroup", CreateGroup},
           {"GetGroup", GetGroup},
           {"ListGroups", ListGroups},
           {"UpdateGroup", UpdateGroup},
           {"DeleteGroup", DeleteGroup},
           {"AddUserToGroup", AddUserToGroup},
           {"RemoveUserFromGroup", RemoveUserFromGroup},
           {"ListGroupsForUser", ListGroupsForUser}});
}

}  // namespace sagebrush::identity
