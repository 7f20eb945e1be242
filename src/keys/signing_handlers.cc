// What keys other than symmetric encryption keys do: sign, make MACs, agree on secrets; and data key pairs.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/digest.h"
#include "keys/cipher.h"
#include "keys/encryption_context.h"
#include "keys/key.h"
#include "keys/key_access.h"
#include "keys/key_errors.h"
#include "keys/key_handlers.h"
#include "keys/key_material.h"
#include "wire/model.h"

namespace sagebrush::keys {
namespace {

std::string_view BytesIn(const Json& input, const char* member) {
  return std::string_view(input.at(member).as_string());
}

// The key that the request names, for `usage` with `algorithm`.
KeyPointer KeyFor(const KeysContext& context, const wire::Call& call, std::string_view usage,
                  std::string_view algorithm) {
  KeyPointer key = UseKey(context, call, GetString(call.input, "KeyId"), "kms:" + std::string(call.operation.name));
  RequireEnabled(*key);
  RequireAlgorithm(SpecOf(key->spec), ArnOf(key->key), usage, algorithm);
  return key;
}

bool IsDigest(const Json& input) {
  const std::string type = GetString(input, "MessageType", "RAW");
  if (type == "EXTERNAL_MU") throw Error(kValidation, "The MessageType EXTERNAL_MU is for ML-DSA keys only.");
  return type == "DIGEST";
}

std::string MacOf(const KeysContext& context, const store::Resource& key, std::string_view message) {
  static constexpr std::array<std::pair<std::string_view, const char*>, 4> kHashes{
      {{"HMAC_224", "SHA224"}, {"HMAC_256", "SHA256"}, {"HMAC_384", "SHA384"}, {"HMAC_512", "SHA512"}}};
  const std::string key_spec = GetString(key.spec, "KeySpec");
  const auto* const hash = std::ranges::find(kHashes, key_spec, [](const auto& row) { return row.first; });
  const Secret material = OpenMaterial(context.server_key, key, *CurrentMaterial(key));
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  std::size_t size = 0;
  if (EVP_Q_mac(nullptr, "HMAC", nullptr, hash->second, nullptr, material.view().data(), material.view().size(),
                reinterpret_cast<const unsigned char*>(message.data()), message.size(), mac.data(), mac.size(),
                &size) == nullptr)
    throw Error(kInternalFailure, "OpenSSL failed to make a MAC.");
  return {reinterpret_cast<const char*>(mac.data()), size};
}

Json MakeDataKeyPair(const KeysContext& context, wire::Call& call, bool with_plaintext) {
  RefuseRecipient(call.input);
  const Json* const encryption_context = CheckedEncryptionContext(call.input, "kms:GenerateDataKeyPair");
  const std::string pair_spec = GetString(call.input, "KeyPairSpec");
  const KeySpec* const spec = FindKeySpec(pair_spec);
  if (spec == nullptr)
    throw Error(kUnsupported, fmt::format("The KeyPairSpec {} is not built in this server.", pair_spec));
  const KeyPointer key = KeyFor(context, call, kEncryptDecrypt, kSymmetricDefault);
  EndDryRun(call.input);
  const PrivateKey pair = PrivateKey::Generate(*spec);
  const Secret der = pair.ToDer();
  Encrypted encrypted = EncryptWith(context, *key, kSymmetricDefault, der.view(), encryption_context);
  JsonObject out{{"PrivateKeyCiphertextBlob", std::move(encrypted.blob)},
                 {"PublicKey", pair.PublicDer()},
                 {"KeyId", ArnOf(key->key)},
                 {"KeyPairSpec", pair_spec},
                 {"KeyMaterialId", std::move(encrypted.material_id)}};
  if (with_plaintext) out["PrivateKeyPlaintext"] = der.view();
  return out;
}

}  // namespace

Json Sign(const KeysContext& context, wire::Call& call) {
  const std::string algorithm = GetString(call.input, "SigningAlgorithm");
  const KeyPointer key = KeyFor(context, call, kSignVerify, algorithm);
  const bool is_digest = IsDigest(call.input);
  EndDryRun(call.input);
  return {{"Signature", PrivateKeyOf(context, *key).Sign(algorithm, BytesIn(call.input, "Message"), is_digest)},
          {"KeyId", ArnOf(key->key)},
          {"SigningAlgorithm", algorithm}};
}

Json Verify(const KeysContext& context, wire::Call& call) {
  const std::string algorithm = GetString(call.input, "SigningAlgorithm");
  const KeyPointer key = KeyFor(context, call, kSignVerify, algorithm);
  const bool is_digest = IsDigest(call.input);
  EndDryRun(call.input);
  if (!PrivateKeyOf(context, *key)
           .Verify(algorithm, BytesIn(call.input, "Message"), is_digest, BytesIn(call.input, "Signature")))
    throw Error(kInvalidSignature, "The signature is not one of this key for this message.");
  return {{"SignatureValid", true}, {"KeyId", ArnOf(key->key)}, {"SigningAlgorithm", algorithm}};
}

Json GetPublicKey(const KeysContext& context, wire::Call& call) {
  const KeyPointer key = UseKey(context, call, GetString(call.input, "KeyId"), "kms:GetPublicKey");
  const KeySpec& spec = SpecOf(key->spec);
  if (spec.family != KeyFamily::kRsa && spec.family != KeyFamily::kEllipticCurve)
    throw Error(kUnsupported, fmt::format("{} has no public key: its KeySpec is {}.", ArnOf(key->key), spec.name));
  RequireEnabled(*key);
  return {{"PublicKey", PrivateKeyOf(context, *key).PublicDer()},
          {"KeyId", ArnOf(key->key)},
          {"KeySpec", spec.name},
          {"CustomerMasterKeySpec", spec.name},
          {"KeyUsage", spec.usage},
          {spec.algorithms_member, JsonArray(spec.algorithms.begin(), spec.algorithms.end())}};
}

Json GenerateMac(const KeysContext& context, wire::Call& call) {
  const std::string algorithm = GetString(call.input, "MacAlgorithm");
  const KeyPointer key = KeyFor(context, call, kGenerateVerifyMac, algorithm);
  EndDryRun(call.input);
  return {{"Mac", MacOf(context, *key, BytesIn(call.input, "Message"))},
          {"KeyId", ArnOf(key->key)},
          {"MacAlgorithm", algorithm}};
}

Json VerifyMac(const KeysContext& context, wire::Call& call) {
  const std::string algorithm = GetString(call.input, "MacAlgorithm");
  const KeyPointer key = KeyFor(context, call, kGenerateVerifyMac, algorithm);
  EndDryRun(call.input);
  if (!EqualInConstantTime(MacOf(context, *key, BytesIn(call.input, "Message")), BytesIn(call.input, "Mac")))
    throw Error(kInvalidMac, "The MAC is not one of this key for this message.");
  return {{"MacValid", true}, {"KeyId", ArnOf(key->key)}, {"MacAlgorithm", algorithm}};
}

Json DeriveSharedSecret(const KeysContext& context, wire::Call& call) {
  RefuseRecipient(call.input);
  const std::string algorithm = GetString(call.input, "KeyAgreementAlgorithm");
  const KeyPointer key = KeyFor(context, call, kKeyAgreement, algorithm);
  const auto secret = PrivateKeyOf(context, *key).Derive(BytesIn(call.input, "PublicKey"));
  if (!secret) {
    throw Error(kValidation, fmt::format("The PublicKey is none of the curve of {}, {}, in DER.", ArnOf(key->key),
                                         GetString(key->spec, "KeySpec")));
  }
  EndDryRun(call.input);
  return {{"SharedSecret", secret->view()},
          {"KeyId", ArnOf(key->key)},
          {"KeyAgreementAlgorithm", algorithm},
          {"KeyOrigin", key->spec.at("Origin")}};
}

Json GenerateDataKeyPair(const KeysContext& context, wire::Call& call) { return MakeDataKeyPair(context, call, true); }

Json GenerateDataKeyPairWithoutPlaintext(const KeysContext& context, wire::Call& call) {
  return MakeDataKeyPair(context, call, false);
}

}  // namespace sagebrush::keys
