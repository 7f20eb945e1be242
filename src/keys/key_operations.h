#pragma once

#include "keys/keys_context.h"

namespace sagebrush::keys {

// KMS (service "kms"). All that `context` refers to outlives the table.
void AddKmsOperations(wire::OperationTable& table, const KeysContext& context);

}  // namespace sagebrush::keys
