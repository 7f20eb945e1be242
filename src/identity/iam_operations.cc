#include "identity/iam_operations.h"

#include <fmt/format.h>

namespace sagebrush::identity {

void AddEach(wire::OperationTable& table, const Identity& identity,
             std::initializer_list<std::pair<const char*, IamFunction>> rows) {
  for (const auto& [name, function] : rows) {
    table.Add("iam", name,
              {[&identity, function = function](wire::Call& call) { return function(identity, call); },
               IamAccess(identity, name)});
  }
}

void AddForKind(wire::OperationTable& table, const Identity& identity, const EntityKind& kind,
                std::initializer_list<std::pair<const char*, IamKindFunction>> rows) {
  for (const auto& [pattern, function] : rows) {
    const std::string name = fmt::format(fmt::runtime(pattern), kind.title);
    table.Add("iam", name,
              {[&identity, &kind, function = function](wire::Call& call) { return function(identity, call, kind); },
               IamAccess(identity, name)});
  }
}

void AddIamOperations(wire::OperationTable& table, const Identity& identity) {
  AddUserOperations(table, identity);
  AddAccessKeyOperations(table, identity);
  AddGroupOperations(table, identity);
  AddRoleOperations(table, identity);
  AddInstanceProfileOperations(table, identity);
  AddServiceRoleOperations(table, identity);
  AddOidcProviderOperations(table, identity);
  AddSamlProviderOperations(table, identity);
  AddPolicyOperations(table, identity);
  AddAttachmentOperations(table, identity);
  AddTagOperations(table, identity);
  AddSimulationOperations(table, identity);
  AddAuthorizationDetails(table, identity);
  AddCredentialReport(table, identity);
  AddAccountOperations(table, identity);
}

}  // namespace sagebrush::identity
