#include "keys/envelope.h"

#include <fmt/format.h>

#include "base/aead.h"
#include "base/encoding.h"
#include "keys/key_errors.h"

namespace sagebrush::keys {
namespace {

wire::Principal Through(const wire::Call& call, std::string_view service) {
  wire::Principal principal = call.principal;
  principal.via_service = fmt::format("{}.{}.amazonaws.com", service, call.region);
  return principal;
}

// A text cannot be moved to another context, nor to another key.
std::string AssociatedData(const JsonObject& context, std::string_view key_arn) {
  return ToText(Json{{"Key", key_arn}, {"Context", context}});
}

Secret TakePlaintext(Json& answer) {
  auto& text = answer.at("Plaintext").as_string();
  Secret secret{std::string(text)};
  OPENSSL_cleanse(text.data(), text.size());
  return secret;
}

std::string BytesOf(const Json& envelope, const char* member) {
  std::string bytes;
  FromBase64(GetString(envelope, member), bytes);
  return bytes;
}

}  // namespace

Json SealUnderKey(const wire::Api& api, const wire::Call& call, std::string_view service, std::string_view key,
                  const JsonObject& context, std::string_view text) {
  Json made = api.Call(Through(call, service), call.region, "kms", "GenerateDataKey",
                       {{"KeyId", key}, {"KeySpec", "AES_256"}, {"EncryptionContext", context}}, call.stop);
  const Secret data_key = TakePlaintext(made);
  const std::string key_arn = GetString(made, "KeyId");
  return {{"KeyId", key_arn},
          {"DataKey", ToBase64(GetString(made, "CiphertextBlob"))},
          {"Sealed", ToBase64(Seal(SecretKey(data_key.view()), text, AssociatedData(context, key_arn)))}};
}

Secret OpenEnvelope(const wire::Api& api, const wire::Call& call, std::string_view service, const Json& envelope,
                    const JsonObject& context) {
  const std::string key_arn = GetString(envelope, "KeyId");
  Json opened =
      api.Call(Through(call, service), call.region, "kms", "Decrypt",
               {{"KeyId", key_arn}, {"CiphertextBlob", BytesOf(envelope, "DataKey")}, {"EncryptionContext", context}},
               call.stop);
  const Secret data_key = TakePlaintext(opened);
  auto text = Unseal(SecretKey(data_key.view()), BytesOf(envelope, "Sealed"), AssociatedData(context, key_arn));
  if (!text)
    throw Error(kInvalidCiphertext, "What is kept under " + key_arn + " is damaged: restore it from a backup.");
  return Secret(std::move(*text));
}

std::string EncryptUnderKey(const wire::Api& api, const wire::Call& call, std::string_view service,
                            std::string_view key, const JsonObject& context, std::string_view text) {
  return GetString(api.Call(Through(call, service), call.region, "kms", "Encrypt",
                            {{"KeyId", key}, {"Plaintext", text}, {"EncryptionContext", context}}, call.stop),
                   "CiphertextBlob");
}

Secret DecryptUnderKey(const wire::Api& api, const wire::Call& call, std::string_view service,
                       const JsonObject& context, std::string_view blob) {
  Json opened = api.Call(Through(call, service), call.region, "kms", "Decrypt",
                         {{"CiphertextBlob", blob}, {"EncryptionContext", context}}, call.stop);
  return TakePlaintext(opened);
}

}  // namespace sagebrush::keys
