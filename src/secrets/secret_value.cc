#include "secrets/secret_value.h"

#include "keys/envelope.h"
#include "secrets/secret.h"
#include "secrets/secret_errors.h"

namespace sagebrush::secrets {
namespace {

constexpr char kService[] = "secretsmanager";
constexpr char kDefaultKey[] = "alias/aws/secretsmanager";
constexpr std::size_t kBytesMax = 65'536;

// docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html, "Encryption context".
JsonObject ContextOf(const store::Resource& secret, const std::string& version) {
  return {{"SecretARN", ArnOf(secret)}, {"SecretVersionId", version}};
}

// Of KMS's, in Secrets Manager's words. `kind`: what it calls a key that does not do its work.
[[noreturn]] void Rethrow(const Error& error, const ErrorKind& kind) {
  if (error.kind().fault == Fault::kServer) throw error;
  if (error.kind().code == kSecretAccessDenied.code)
    throw Error(kSecretAccessDenied, std::string("Access to KMS is not allowed. ") + error.what());
  throw Error(kind, std::string("The KMS key of the secret cannot be used: ") + error.what());
}

}  // namespace

std::optional<Value> ValueIn(const Json& input) {
  const Json* const text = Find(input, "SecretString");
  const Json* const binary = Find(input, "SecretBinary");
  if (text != nullptr && binary != nullptr)
    throw Error(kInvalidParameter, "You can't specify both a binary secret value and a string secret value.");
  const Json* const given = text != nullptr ? text : binary;
  if (given == nullptr) return std::nullopt;
  const std::string_view bytes = given->as_string();
  if (bytes.size() > kBytesMax) throw Error(kInvalidParameter, "The secret value has more than 65536 bytes.");
  return Value{text != nullptr ? ValueType::kString : ValueType::kBinary, Secret(std::string(bytes))};
}

store::Resource SealValue(const SecretsContext& context, const wire::Call& call, const store::Resource& secret,
                          const std::string& version, const Value& value) {
  const std::string key = GetString(secret.spec, "KmsKeyId");
  store::Resource kept;
  kept.key = ValueKey(secret, version);
  kept.created = kept.modified = context.clock.Now();
  kept.status = JsonObject();
  try {
    kept.spec = {{"Type", value.type == ValueType::kString ? "String" : "Binary"},
                 {"Envelope", keys::SealUnderKey(context.api, call, kService, key.empty() ? kDefaultKey : key,
                                                 ContextOf(secret, version), value.bytes.view())}};
  } catch (const Error& error) {
    Rethrow(error, kEncryptionFailure);
  }
  return kept;
}

Value OpenValue(const SecretsContext& context, const wire::Call& call, const store::Resource& secret,
                const std::string& version) {
  const auto kept = context.store.Get(ValueKey(secret, version));
  if (kept == nullptr) throw Error(kSecretNotFound, "Secrets Manager can't find the specified secret value.");
  const ValueType type = GetString(kept->spec, "Type") == "String" ? ValueType::kString : ValueType::kBinary;
  try {
    return {type,
            keys::OpenEnvelope(context.api, call, kService, kept->spec.at("Envelope"), ContextOf(secret, version))};
  } catch (const Error& error) {
    Rethrow(error, kDecryptionFailure);
  }
}

void Show(const Value& value, JsonObject& out) {
  out[value.type == ValueType::kString ? "SecretString" : "SecretBinary"] = value.bytes.view();
}

}  // namespace sagebrush::secrets
