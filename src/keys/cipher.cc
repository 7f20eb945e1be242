#include "keys/cipher.h"

#include "keys/ciphertext.h"
#include "keys/key.h"
#include "keys/key_errors.h"
#include "keys/key_material.h"
#include "keys/key_spec.h"

namespace sagebrush::keys {
namespace {

constexpr std::size_t kMaterialPrefix = 16;

[[noreturn]] void ThrowInvalidCiphertext() {
  throw Error(kInvalidCiphertext,
              "The CiphertextBlob was not made by this key with this encryption context, or was changed since.");
}

SecretKey SymmetricKey(const KeysContext& context, const store::Resource& key, const Json& material) {
  return SecretKey(OpenMaterial(context.server_key, key, material).view());
}

void RefuseContext(const store::Resource& key, const Json* encryption_context) {
  if (encryption_context == nullptr || encryption_context->as_object().empty()) return;
  throw Error(kValidation, "An encryption context is for symmetric encryption keys only, and " + ArnOf(key.key) +
                               " is an asymmetric one.");
}

}  // namespace

void RequireCipher(const store::Resource& key, std::string_view algorithm) {
  RequireEnabled(key);
  RequireAlgorithm(SpecOf(key.spec), ArnOf(key.key), kEncryptDecrypt, algorithm);
}

Encrypted EncryptWith(const KeysContext& context, const store::Resource& key, std::string_view algorithm,
                      std::string_view text, const Json* encryption_context) {
  const Json& material = *CurrentMaterial(key);
  std::string id = GetString(material, "Id");
  if (algorithm != kSymmetricDefault) {
    RefuseContext(key, encryption_context);
    return {PrivateKeyOf(context, key).Encrypt(algorithm, text), std::move(id)};
  }
  const CiphertextHeader header{key.key.name, id.substr(0, kMaterialPrefix)};
  return {EncryptText(header, SymmetricKey(context, key, material), text, encryption_context), std::move(id)};
}

Decrypted DecryptWith(const KeysContext& context, const store::Resource& key, std::string_view algorithm,
                      std::string_view blob, const Json* encryption_context) {
  if (algorithm != kSymmetricDefault) {
    RefuseContext(key, encryption_context);
    auto text = PrivateKeyOf(context, key).Decrypt(algorithm, blob);
    if (!text) ThrowInvalidCiphertext();
    return {std::move(*text), GetString(*CurrentMaterial(key), "Id")};
  }
  const auto header = ReadHeader(blob);
  if (!header) ThrowInvalidCiphertext();
  if (header->key_id != key.key.name) {
    throw Error(kIncorrectKey, "The key ID in the request does not identify a CMK that can perform this operation.");
  }
  const Json* const material = FindMaterial(key, header->material_prefix);
  if (material == nullptr) ThrowInvalidCiphertext();
  auto text = DecryptText(SymmetricKey(context, key, *material), blob, encryption_context);
  if (!text) ThrowInvalidCiphertext();
  return {Secret(std::move(*text)), GetString(*material, "Id")};
}

PrivateKey PrivateKeyOf(const KeysContext& context, const store::Resource& key) {
  auto opened =
      PrivateKey::Parse(OpenMaterial(context.server_key, key, *CurrentMaterial(key)).view(), SpecOf(key.spec));
  if (!opened) throw Error(kInternalFailure, "The material of " + ArnOf(key.key) + " is damaged.");
  return std::move(*opened);
}

}  // namespace sagebrush::keys
