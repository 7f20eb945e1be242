#pragma once

#include "secrets/secrets_context.h"

namespace sagebrush::secrets {

// Secrets Manager (service "secretsmanager"). All that `context` refers to outlives the table.
void AddSecretsOperations(wire::OperationTable& table, const SecretsContext& context);

}  // namespace sagebrush::secrets
