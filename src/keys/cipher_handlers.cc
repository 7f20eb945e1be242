// What encryption keys do: encrypt, decrypt, make data keys.
#include <fmt/format.h>

#include "base/id.h"
#include "keys/cipher.h"
#include "keys/encryption_context.h"
#include "keys/key.h"
#include "keys/key_access.h"
#include "keys/key_errors.h"
#include "keys/key_handlers.h"
#include "keys/managed_keys.h"
#include "wire/model.h"

namespace sagebrush::keys {
namespace {

void RefuseModifiers(const Json& input) {
  if (Find(input, "DryRunModifiers") == nullptr) return;
  throw Error(kUnsupported, "The DryRunModifiers are refused: a dry run here checks all that the request would.");
}

std::size_t DataKeyBytes(const Json& input) {
  const Json* const count = Find(input, "NumberOfBytes");
  const std::string spec = GetString(input, "KeySpec");
  if ((count == nullptr) == spec.empty()) {
    throw Error(kValidation, "Please specify either number of bytes or key spec.");
  }
  if (count != nullptr) return static_cast<std::size_t>(count->to_number<std::int64_t>());
  return spec == "AES_128" ? 16 : 32;
}

// As UseKey, of both.
std::pair<KeyPointer, KeyPointer> KeysOfReEncrypt(const KeysContext& context, const wire::Call& call) {
  const std::string source_name = GetString(call.input, "SourceKeyId");
  const std::string destination_name = GetString(call.input, "DestinationKeyId");
  KeyPointer source = OpeningKey(context, call, source_name);
  KeyPointer destination = FindKey(context, call, destination_name, KeyNames::kAlsoAlias);
  context.authorizer.Check(call,
                           ReEncryptAccesses(context, call, {source, source_name}, {destination, destination_name}));
  return {KeptKey(context, std::move(source)), KeptKey(context, std::move(destination))};
}

Json MakeDataKey(const KeysContext& context, wire::Call& call, bool with_plaintext) {
  RefuseRecipient(call.input);
  const Json* const encryption_context =
      CheckedEncryptionContext(call.input, "kms:" + std::string(call.operation.name));
  const std::size_t size = DataKeyBytes(call.input);
  const KeyPointer key =
      UseKey(context, call, GetString(call.input, "KeyId"), "kms:" + std::string(call.operation.name));
  RequireCipher(*key, kSymmetricDefault);
  EndDryRun(call.input);
  const Secret data_key(RandomBytes(size));
  Encrypted encrypted = EncryptWith(context, *key, kSymmetricDefault, data_key.view(), encryption_context);
  JsonObject out{{"CiphertextBlob", std::move(encrypted.blob)},
                 {"KeyId", ArnOf(key->key)},
                 {"KeyMaterialId", std::move(encrypted.material_id)}};
  if (with_plaintext) out["Plaintext"] = data_key.view();
  return out;
}

}  // namespace

Json Encrypt(const KeysContext& context, wire::Call& call) {
  const Json* const encryption_context =
      CheckedEncryptionContext(call.input, "kms:" + std::string(call.operation.name));
  const std::string algorithm = GetString(call.input, "EncryptionAlgorithm", kSymmetricDefault);
  const KeyPointer key = UseKey(context, call, GetString(call.input, "KeyId"), "kms:Encrypt");
  RequireCipher(*key, algorithm);
  EndDryRun(call.input);
  Encrypted encrypted = EncryptWith(context, *key, algorithm, std::string_view(call.input.at("Plaintext").as_string()),
                                    encryption_context);
  return {
      {"CiphertextBlob", std::move(encrypted.blob)}, {"KeyId", ArnOf(key->key)}, {"EncryptionAlgorithm", algorithm}};
}

Json Decrypt(const KeysContext& context, wire::Call& call) {
  RefuseRecipient(call.input);
  RefuseModifiers(call.input);
  const Json* const encryption_context =
      CheckedEncryptionContext(call.input, "kms:" + std::string(call.operation.name));
  const std::string algorithm = GetString(call.input, "EncryptionAlgorithm", kSymmetricDefault);
  const std::string name = GetString(call.input, "KeyId");
  const KeyPointer key = name.empty() ? OpeningKey(context, call, name) : UseKey(context, call, name, "kms:Decrypt");
  RequireCipher(*key, algorithm);
  const Decrypted decrypted =
      DecryptWith(context, *key, algorithm, GetString(call.input, "CiphertextBlob"), encryption_context);
  EndDryRun(call.input);
  return {{"KeyId", ArnOf(key->key)},
          {"Plaintext", decrypted.text.view()},
          {"EncryptionAlgorithm", algorithm},
          {"KeyMaterialId", decrypted.material_id}};
}

Json ReEncrypt(const KeysContext& context, wire::Call& call) {
  RefuseModifiers(call.input);
  const Json* const from = CheckedEncryptionContext(call.input, "kms:ReEncryptFrom");
  const Json* const to = CheckedEncryptionContext(call.input, "kms:ReEncryptTo");
  const std::string source_algorithm = GetString(call.input, "SourceEncryptionAlgorithm", kSymmetricDefault);
  const std::string destination_algorithm = GetString(call.input, "DestinationEncryptionAlgorithm", kSymmetricDefault);
  const auto [source, destination] = KeysOfReEncrypt(context, call);
  RequireCipher(*source, source_algorithm);
  RequireCipher(*destination, destination_algorithm);
  const Decrypted decrypted =
      DecryptWith(context, *source, source_algorithm, GetString(call.input, "CiphertextBlob"), from);
  EndDryRun(call.input);
  Encrypted encrypted = EncryptWith(context, *destination, destination_algorithm, decrypted.text.view(), to);
  return {{"CiphertextBlob", std::move(encrypted.blob)},
          {"SourceKeyId", ArnOf(source->key)},
          {"KeyId", ArnOf(destination->key)},
          {"SourceEncryptionAlgorithm", source_algorithm},
          {"DestinationEncryptionAlgorithm", destination_algorithm},
          {"SourceKeyMaterialId", decrypted.material_id},
          {"DestinationKeyMaterialId", std::move(encrypted.material_id)}};
}

Json GenerateDataKey(const KeysContext& context, wire::Call& call) { return MakeDataKey(context, call, true); }

Json GenerateDataKeyWithoutPlaintext(const KeysContext& context, wire::Call& call) {
  return MakeDataKey(context, call, false);
}

Json GenerateRandom(const KeysContext&, wire::Call& call) {
  RefuseRecipient(call.input);
  if (Find(call.input, "CustomKeyStoreId") != nullptr) {
    throw Error(kUnsupported, "The CustomKeyStoreId is refused: this server has no custom key stores.");
  }
  const Json* const count = Find(call.input, "NumberOfBytes");
  if (count == nullptr) throw Error(kValidation, "NumberOfBytes is required.");
  return {{"Plaintext", RandomBytes(static_cast<std::size_t>(count->to_number<std::int64_t>()))}};
}

}  // namespace sagebrush::keys
