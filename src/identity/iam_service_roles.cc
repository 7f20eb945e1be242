// Service-linked roles: made for a service at a user's request, and changed by nobody.
#include <fmt/format.h>

#include "base/id.h"
#include "identity/entities.h"
#include "identity/iam_error.h"
#include "identity/iam_operations.h"
#include "identity/iam_views.h"
#include "identity/service_roles.h"

namespace sagebrush::identity {
namespace {

constexpr std::string_view kDeletionKind = "iam-deletion-task";
constexpr std::chrono::hours kDeletionKept{24};  // So long the status of a deletion can be asked for.

Json CreateServiceLinkedRole(const Identity& identity, const wire::Call& call) {
  const std::string service = GetString(call.input, "AWSServiceName");
  const ServiceRole* const role = FindServiceRole(service);
  if (role == nullptr) {
    throw Error(kInvalidInput, fmt::format("There is no service-linked role of {} in this server.", service));
  }
  if (!GetString(call.input, "CustomSuffix").empty()) {
    throw Error(kInvalidInput, fmt::format("Custom suffix is not allowed for {}", service));
  }
  store::Resource made = NewEntity(identity, call, kRoleEntity, std::string(role->name));
  JsonObject& spec = made.spec.as_object();
  const std::string path = fmt::format("{}{}/", kServiceRolePath, service);
  spec["Path"] = path;
  spec["Arn"] = fmt::format("arn:aws:iam::{}:role{}{}", call.account(), path, role->name);
  spec["AssumeRolePolicyDocument"] =
      ToText(JsonObject{{"Version", "2012-10-17"},
                        {"Statement", JsonArray{JsonObject{{"Effect", "Allow"},
                                                           {"Principal", JsonObject{{"Service", service}}},
                                                           {"Action", "sts:AssumeRole"}}}}});
  spec["Description"] = GetString(call.input, "Description");
  spec["MaxSessionDuration"] = 3600;
  spec["InlinePolicies"] = JsonObject();
  spec["AttachedPolicies"] = JsonArray{Json(role->policy)};
  try {
    InsertEntity(identity, kRoleEntity, made);
  } catch (const Error& error) {
    if (error.kind().code != kEntityAlreadyExists.code) throw;
    throw Error(kInvalidInput, fmt::format("Service role name {} has been taken in this account, please try a "
                                           "different suffix.",
                                           role->name));
  }
  return JsonObject{{"Role", RoleView(identity, made, Detail::kWhole)}};
}

// Deletions that nobody will ask about any more.
void ForgetOldDeletions(const Identity& identity, const std::string& account) {
  for (const auto& task : ListDocuments(identity, kDeletionKind, account)) {
    if (task->created + kDeletionKept < identity.clock().Now()) identity.store().Delete(*task);
  }
}

// What such a role is for is not built or needs no role, so nothing ever keeps one from being deleted.
Json DeleteServiceLinkedRole(const Identity& identity, const wire::Call& call) {
  const auto role = GetEntity(identity, kRoleEntity, call.account(), GetString(call.input, "RoleName"));
  const std::string path = GetString(role->spec, "Path");
  if (!path.starts_with(kServiceRolePath)) {
    throw Error(kInvalidInput, fmt::format("The role {} is not a service-linked role.", role->key.name));
  }
  ForgetOldDeletions(identity, call.account());
  store::Resource task;
  task.key = EntityKey(kDeletionKind, call.account(), fmt::format("task{}{}/{}", path, role->key.name, NewUuid()));
  task.created = task.modified = identity.clock().Now();
  task.spec = JsonObject{{"Role", role->key.name}};
  const std::vector<store::Write> writes{store::Write::Delete(*role), store::Write::Insert(task)};
  if (identity.store().Commit(writes)) {
    throw Error(kConcurrentModification, fmt::format("{} is being changed by others. Try again.", role->key.name));
  }
  identity.directory().Forget();
  return JsonObject{{"DeletionTaskId", task.key.name}};
}

Json GetServiceLinkedRoleDeletionStatus(const Identity& identity, const wire::Call& call) {
  const std::string id = GetString(call.input, "DeletionTaskId");
  if (identity.store().Get(EntityKey(kDeletionKind, call.account(), id)) == nullptr) {
    throw Error(kNoSuchEntity, fmt::format("The deletion task {} cannot be found.", id));
  }
  return JsonObject{{"Status", "SUCCEEDED"}};
}

}  // namespace

void AddServiceRoleOperations(wire::OperationTable& table, const Identity& identity) {
  AddEach(table, identity,
          {{"CreateServiceLinkedRole", CreateServiceLinkedRole},
           {"DeleteServiceLinkedRole", DeleteServiceLinkedRole},
           {"GetServiceLinkedRoleDeletionStatus", GetServiceLinkedRoleDeletionStatus}});
}

}  // namespace sagebrush::identity
