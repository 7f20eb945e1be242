#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "secrets/secret.h"
#include "secrets/secrets_context.h"

namespace sagebrush::secrets {

// What `action` ("secretsmanager:GetSecretValue") on the secret that `id` names asks for, whether there is one or not.
wire::Access SecretAccess(const SecretsContext& context, const wire::Call& call, const std::string& id,
                          std::string_view action);
// The same for no secret: "*".
wire::Access OtherAccess(const SecretsContext& context, const wire::Call& call, std::string_view action);

// The condition keys of Secrets Manager that are set.
std::span<const std::string_view> SecretKeys();

}  // namespace sagebrush::secrets
