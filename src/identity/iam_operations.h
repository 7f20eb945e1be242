#pragma once

#include <initializer_list>
#include <utility>

#include "identity/entities.h"
#include "identity/identity.h"
#include "wire/call.h"

namespace sagebrush::identity {

// The operations of IAM and STS that this server answers. `identity` outlives the table.
void AddIamOperations(wire::OperationTable& table, const Identity& identity);
void AddStsOperations(wire::OperationTable& table, const Identity& identity);
void AddWebIdentityOperations(wire::OperationTable& table, const Identity& identity);  // Part of it.

// Parts of AddIamOperations, by noun.
void AddAccountOperations(wire::OperationTable& table, const Identity& identity);
void AddGroupOperations(wire::OperationTable& table, const Identity& identity);
void AddOidcProviderOperations(wire::OperationTable& table, const Identity& identity);
void AddAuthorizationDetails(wire::OperationTable& table, const Identity& identity);
void AddCredentialReport(wire::OperationTable& table, const Identity& identity);
void AddSamlProviderOperations(wire::OperationTable& table, const Identity& identity);
void AddServiceRoleOperations(wire::OperationTable& table, const Identity& identity);
void AddInstanceProfileOperations(wire::OperationTable& table, const Identity& identity);
void AddTagOperations(wire::OperationTable& table, const Identity& identity);
void AddUserOperations(wire::OperationTable& table, const Identity& identity);
void AddAccessKeyOperations(wire::OperationTable& table, const Identity& identity);
void AddRoleOperations(wire::OperationTable& table, const Identity& identity);
void AddPolicyOperations(wire::OperationTable& table, const Identity& identity);
void AddAttachmentOperations(wire::OperationTable& table, const Identity& identity);
void AddSimulationOperations(wire::OperationTable& table, const Identity& identity);

// Add operations of IAM that need iam:`name` on what their input names.
using IamFunction = Json (*)(const Identity&, const wire::Call&);
void AddEach(wire::OperationTable& table, const Identity& identity,
             std::initializer_list<std::pair<const char*, IamFunction>> rows);
// "{}" in a name is the kind's title.
using IamKindFunction = Json (*)(const Identity&, const wire::Call&, const EntityKind&);
void AddForKind(wire::OperationTable& table, const Identity& identity, const EntityKind& kind,
                std::initializer_list<std::pair<const char*, IamKindFunction>> rows);

}  // namespace sagebrush::identity
