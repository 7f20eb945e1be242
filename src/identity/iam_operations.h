#pragma once

#include "identity/identity.h"
#include "wire/call.h"

namespace sagebrush::identity {

// The operations of IAM and STS that this server answers. `identity` outlives the table.
void AddIamOperations(wire::OperationTable& table, const Identity& identity);
void AddStsOperations(wire::OperationTable& table, const Identity& identity);

// Parts of AddIamOperations, by noun.
void AddUserOperations(wire::OperationTable& table, const Identity& identity);
void AddAccessKeyOperations(wire::OperationTable& table, const Identity& identity);
void AddRoleOperations(wire::OperationTable& table, const Identity& identity);
void AddPolicyOperations(wire::OperationTable& table, const Identity& identity);
void AddAttachmentOperations(wire::OperationTable& table, const Identity& identity);
void AddSimulationOperations(wire::OperationTable& table, const Identity& identity);

// Adds an operation of IAM that needs iam:`name` on what its input names.
void AddIamOperation(wire::OperationTable& table, const Identity& identity, const std::string& name,
                     wire::Handler handler);

}  // namespace sagebrush::identity
