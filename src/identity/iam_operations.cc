#include "identity/iam_operations.h"

#include <fmt/format.h>

#include "identity/entities.h"
#include "identity/managed_policies.h"

namespace sagebrush::identity {
namespace {

Json GetAccountSummary(const Identity& identity, const wire::Call& call) {
  const auto count = [&](std::string_view kind) {
    return static_cast<std::int64_t>(ListDocuments(identity, kind, call.account()).size());
  };
  return JsonObject{{"SummaryMap", JsonObject{{"Users", count(kUserKind)},
                                              {"Roles", count(kRoleKind)},
                                              {"Policies", count(kPolicyKind)},
                                              {"UsersQuota", 5000},
                                              {"RolesQuota", 1000},
                                              {"PoliciesQuota", 1500},
                                              {"AccessKeysPerUserQuota", 2},
                                              {"VersionsPerPolicyQuota", 5},
                                              {"AttachedPoliciesPerUserQuota", 10},
                                              {"AttachedPoliciesPerRoleQuota", 10},
                                              {"AccountAccessKeysPresent", 1},
                                              {"AccountMFAEnabled", 0}}}};
}

}  // namespace

void AddIamOperation(wire::OperationTable& table, const Identity& identity, const std::string& name,
                     wire::Handler handler) {
  table.Add("iam", name, {std::move(handler), IamAccess(identity, name)});
}

void AddIamOperations(wire::OperationTable& table, const Identity& identity) {
  AddUserOperations(table, identity);
  AddAccessKeyOperations(table, identity);
  AddRoleOperations(table, identity);
  AddPolicyOperations(table, identity);
  AddAttachmentOperations(table, identity);
  AddSimulationOperations(table, identity);
  AddIamOperation(table, identity, "GetAccountSummary",
                  [&identity](wire::Call& call) { return GetAccountSummary(identity, call); });
}

}  // namespace sagebrush::identity
