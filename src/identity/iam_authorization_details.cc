// GetAccountAuthorizationDetails: everybody and all that they may do, in one list.
#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "identity/entities.h"
#include "identity/iam_operations.h"
#include "identity/iam_views.h"
#include "identity/managed_policies.h"

namespace sagebrush::identity {
namespace {

using Rows = std::vector<std::pair<std::string, Json>>;

JsonArray InlineList(const Json& spec) {
  JsonArray list;
  for (const auto& policy : spec.at("InlinePolicies").as_object()) {
    list.push_back(JsonObject{{"PolicyName", policy.key()},
                              {"PolicyDocument", UriEncode(std::string(policy.value().as_string()))}});
  }
  return list;
}

JsonArray AttachedList(const Json& spec) {
  JsonArray list;
  for (const auto& arn : NamesIn(spec, "AttachedPolicies")) {
    list.push_back(JsonObject{{"PolicyName", arn.substr(arn.rfind('/') + 1)}, {"PolicyArn", arn}});
  }
  return list;
}

Json UserDetail(const store::Resource& user) {
  Json out = UserView(user, Detail::kWhole);
  out.as_object()["UserPolicyList"] = InlineList(user.spec);
  out.as_object()["AttachedManagedPolicies"] = AttachedList(user.spec);
  JsonArray groups;
  for (const auto& name : NamesIn(user.spec, "Groups")) groups.emplace_back(name);
  out.as_object()["GroupList"] = std::move(groups);
  return out;
}

Json GroupDetail(const store::Resource& group) {
  Json out = GroupView(group);
  out.as_object()["GroupPolicyList"] = InlineList(group.spec);
  out.as_object()["AttachedManagedPolicies"] = AttachedList(group.spec);
  return out;
}

Json RoleDetail(const Identity& identity, const store::Resource& role) {
  Json out = RoleView(identity, role, Detail::kWhole);
  ShowLastUse(identity, role, out.as_object());
  out.as_object()["RolePolicyList"] = InlineList(role.spec);
  out.as_object()["AttachedManagedPolicies"] = AttachedList(role.spec);
  JsonArray profiles;
  for (const auto& name : NamesIn(role.spec, "InstanceProfiles")) {
    const auto profile = identity.store().Get(EntityKey(kInstanceProfileKind, role.key.account, name));
    if (profile != nullptr) profiles.push_back(InstanceProfileView(identity, *profile, Detail::kOutline));
  }
  out.as_object()["InstanceProfileList"] = std::move(profiles);
  return out;
}

// One row of the page holds {list member: element}, so that a page may end between kinds.
void AddRow(Rows& rows, int order, const char* member, const std::string& name, Json element) {
  rows.emplace_back(fmt::format("{}/{}", order, name), JsonObject{{member, std::move(element)}});
}

void AddPolicies(const Identity& identity, const std::string& account, bool customers, bool managed, Rows& rows) {
  auto uses = CountPolicyUses(identity, account);
  if (customers) {
    for (const auto& policy : ListDocuments(identity, kPolicyKind, account)) {
      AddRow(rows, 3, "Policies", GetString(policy->spec, "Arn"),
             PolicyDetail(*policy, uses[GetString(policy->spec, "Arn")]));
    }
  }
  if (managed) {
    // Only what is in use: AWS leaves the others out as well.
    for (const auto& policy : ManagedPolicies()) {
      const PolicyUses& of_it = uses[std::string(policy.arn)];
      if (of_it.attached + of_it.as_boundary > 0) {
        AddRow(rows, 4, "Policies", std::string(policy.arn), PolicyDetail(policy, of_it));
      }
    }
  }
}

Json GetAccountAuthorizationDetails(const Identity& identity, const wire::Call& call) {
  const auto filter = NamesIn(call.input, "Filter");
  const auto wanted = [&](const char* type) {
    return filter.empty() || std::find(filter.begin(), filter.end(), type) != filter.end();
  };
  Rows rows;
  const auto each = [&](std::string_view kind, const auto& add) {
    for (const auto& entity : ListDocuments(identity, kind, call.account())) add(*entity);
  };
  if (wanted("User")) {
    each(kUserKind,
         [&](const store::Resource& user) { AddRow(rows, 0, "UserDetailList", user.key.name, UserDetail(user)); });
  }
  if (wanted("Group")) {
    each(kGroupKind,
         [&](const store::Resource& group) { AddRow(rows, 1, "GroupDetailList", group.key.name, GroupDetail(group)); });
  }
  if (wanted("Role")) {
    each(kRoleKind, [&](const store::Resource& role) {
      AddRow(rows, 2, "RoleDetailList", role.key.name, RoleDetail(identity, role));
    });
  }
  AddPolicies(identity, call.account(), wanted("LocalManagedPolicy"), wanted("AWSManagedPolicy"), rows);
  Json page = MakePage(call.input, "Rows", std::move(rows));
  const Json list = page.as_object()["Rows"];
  page.as_object().erase("Rows");
  for (const char* const member : {"UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"}) {
    JsonArray elements;
    for (const auto& row : list.as_array()) {
      if (const Json* const element = Find(row, member)) elements.push_back(*element);
    }
    page.as_object()[member] = std::move(elements);
  }
  return page;
}

}  // namespace

void AddAuthorizationDetails(wire::OperationTable& table, const Identity& identity) {
  AddEach(table, identity, {{"GetAccountAuthorizationDetails", GetAccountAuthorizationDetails}});
}

}  // namespace sagebrush::identity
