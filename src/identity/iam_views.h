#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/json.h"
#include "identity/identity.h"
#include "identity/managed_policies.h"
#include "store/store.h"

// Documents as the API shows them.
namespace sagebrush::identity {

// What lists leave out (docs.aws.amazon.com/IAM/latest/APIReference: ListUsers, ListRoles, ListInstanceProfiles):
// tags, permissions boundaries.
enum class Detail { kOutline, kWhole };

Json UserView(const store::Resource& user, Detail detail);
Json GroupView(const store::Resource& group);
Json RoleView(const Identity& identity, const store::Resource& role, Detail detail);
// With the role that it has.
Json InstanceProfileView(const Identity& identity, const store::Resource& profile, Detail detail);

// How often a managed policy is attached, and is a permissions boundary.
struct PolicyUses {
  std::int64_t attached = 0;
  std::int64_t as_boundary = 0;
};
// Every use of every policy, by ARN: a listing asks once for all.
std::map<std::string, PolicyUses> CountPolicyUses(const Identity& identity, const std::string& account);
// With the documents of its versions.
Json PolicyDetail(const store::Resource& policy, const PolicyUses& uses);
Json PolicyDetail(const ManagedPolicy& policy, const PolicyUses& uses);

// Sets member "PermissionsBoundary" of `out` when the user or role has one, and "Tags" when it has any.
void ShowBoundary(const Json& spec, JsonObject& out);
void ShowTags(const Json& spec, JsonObject& out);
// Sets "RoleLastUsed": empty when the role was not used since the server started.
void ShowLastUse(const Identity& identity, const store::Resource& role, JsonObject& out);

}  // namespace sagebrush::identity
