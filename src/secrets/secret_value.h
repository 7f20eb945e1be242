#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "secrets/secrets_context.h"

// The value of one version of a secret: encrypted with a data key of the secret's KMS key, for its ARN and version as
// encryption context, so that the caller must be allowed to use that key, and no value passes for another.
namespace sagebrush::secrets {

enum class ValueType { kString, kBinary };

struct Value {
  ValueType type;
  Secret bytes;
};

// The value that an input has as SecretString or SecretBinary; nullopt: none. Throws Error(InvalidParameterException)
// for both.
std::optional<Value> ValueIn(const Json& input);

// A resource that keeps the value. Throws Error(EncryptionFailure), or Error(AccessDeniedException) when the caller may
// not use the key.
store::Resource SealValue(const SecretsContext& context, const wire::Call& call, const store::Resource& secret,
                          const std::string& version, const Value& value);
// Throws Error(DecryptionFailure), Error(AccessDeniedException); Error(ResourceNotFoundException) when it is gone.
Value OpenValue(const SecretsContext& context, const wire::Call& call, const store::Resource& secret,
                const std::string& version);

// Puts it into an answer, as SecretString or SecretBinary.
void Show(const Value& value, JsonObject& out);

}  // namespace sagebrush::secrets
