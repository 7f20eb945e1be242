#pragma once

#include <functional>
#include <string>

#include "secrets/secret.h"
#include "secrets/secrets_context.h"

namespace sagebrush::secrets {

// The secret that the input's SecretId names. Throws Error(ResourceNotFoundException).
SecretPointer SecretIn(const SecretsContext& context, const wire::Call& call);
// The same; throws Error(InvalidRequestException) when its deletion is scheduled.
SecretPointer LiveSecretIn(const SecretsContext& context, const wire::Call& call);
// Throws Error(InvalidRequestException) when its deletion is scheduled.
void RequireLive(const store::Resource& secret);
// Changes the live secret that the input names; again when another writer came first.
void ChangeSecret(const SecretsContext& context, const wire::Call& call,
                  const std::function<void(store::Resource&)>& change);
// {ARN, Name}
JsonObject Named(const store::Resource& secret);
// Throws Error(InvalidParameterException) for a key of AWS's own or too many.
void CheckTags(const JsonArray& tags);

Json CreateSecret(const SecretsContext& context, wire::Call& call);
Json DescribeSecret(const SecretsContext& context, wire::Call& call);
Json UpdateSecret(const SecretsContext& context, wire::Call& call);
Json DeleteSecret(const SecretsContext& context, wire::Call& call);
Json RestoreSecret(const SecretsContext& context, wire::Call& call);
Json TagResource(const SecretsContext& context, wire::Call& call);
Json UntagResource(const SecretsContext& context, wire::Call& call);

Json GetSecretValue(const SecretsContext& context, wire::Call& call);
Json BatchGetSecretValue(const SecretsContext& context, wire::Call& call);
Json PutSecretValue(const SecretsContext& context, wire::Call& call);
Json UpdateSecretVersionStage(const SecretsContext& context, wire::Call& call);
Json ListSecretVersionIds(const SecretsContext& context, wire::Call& call);

Json ListSecrets(const SecretsContext& context, wire::Call& call);
Json GetRandomPassword(const SecretsContext& context, wire::Call& call);

Json PutResourcePolicy(const SecretsContext& context, wire::Call& call);
Json GetResourcePolicy(const SecretsContext& context, wire::Call& call);
Json DeleteResourcePolicy(const SecretsContext& context, wire::Call& call);
Json ValidateResourcePolicy(const SecretsContext& context, wire::Call& call);

}  // namespace sagebrush::secrets
