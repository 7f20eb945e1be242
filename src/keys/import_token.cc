#include "keys/import_token.h"

#include <memory>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/encoding.h"
#include "keys/key_errors.h"
#include "keys/private_key.h"

namespace sagebrush::keys {
namespace {

constexpr std::string_view kPurpose = "kms import token";
constexpr std::string_view kDirect = "RSAES_OAEP_";
constexpr std::string_view kThroughAes = "RSA_AES_KEY_WRAP_";
constexpr std::size_t kAesBytes = 32;

// Of the wrapping algorithm: the OAEP that wraps the material, or the AES key around it.
std::string OaepOf(std::string_view algorithm) {
  const std::string_view begin = algorithm.starts_with(kDirect) ? kDirect : kThroughAes;
  return "RSAES_OAEP_" + std::string(algorithm.substr(begin.size()));
}

[[noreturn]] void ThrowNotOpened() {
  throw Error(kInvalidCiphertext, "The EncryptedKeyMaterial does not open with the key that the ImportToken is for.");
}

// AES key wrap with padding (RFC 5649).
Secret UnwrapAes(std::string_view key, std::string_view wrapped) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                &EVP_CIPHER_CTX_free);
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  const auto bytes = [](std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  std::string out(wrapped.size() + 16, '\0');
  int size = 0;
  const bool ok = EVP_DecryptInit_ex(context.get(), EVP_aes_256_wrap_pad(), nullptr, bytes(key), nullptr) == 1 &&
                  EVP_DecryptUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes(wrapped),
                                    static_cast<int>(wrapped.size())) == 1;
  ERR_clear_error();
  const Secret whole(std::move(out));
  if (!ok) ThrowNotOpened();
  return Secret(std::string(whole.view().substr(0, static_cast<std::size_t>(size))));
}

Secret Unwrap(const PrivateKey& key, std::string_view algorithm, std::string_view wrapped) {
  const std::string oaep = OaepOf(algorithm);
  if (algorithm.starts_with(kDirect)) {
    auto material = key.Decrypt(oaep, wrapped);
    if (!material) ThrowNotOpened();
    return std::move(*material);
  }
  const std::size_t rsa_bytes = key.SizeBytes();
  if (wrapped.size() <= rsa_bytes) ThrowNotOpened();
  const auto aes = key.Decrypt(oaep, wrapped.substr(0, rsa_bytes));
  if (!aes || aes->view().size() != kAesBytes) ThrowNotOpened();
  return UnwrapAes(aes->view(), wrapped.substr(rsa_bytes));
}

}  // namespace

ImportParameters MakeImportToken(const identity::ServerKey& server_key, const std::string& key_arn,
                                 const std::string& algorithm, const std::string& wrapping_key_spec, Time valid_to) {
  const KeySpec* const spec = FindKeySpec(wrapping_key_spec);
  const bool known = algorithm.starts_with(kDirect) || algorithm.starts_with(kThroughAes);
  if (spec == nullptr || spec->family != KeyFamily::kRsa || !known) {
    throw Error(kUnsupported, fmt::format("{} with {} is refused: material is wrapped by RSAES_OAEP_... or "
                                          "RSA_AES_KEY_WRAP_... with an RSA key.",
                                          algorithm, wrapping_key_spec));
  }
  const PrivateKey key = PrivateKey::Generate(*spec);
  const JsonObject content{{"Key", key_arn},
                           {"Algorithm", algorithm},
                           {"Spec", wrapping_key_spec},
                           {"ValidTo", valid_to.milliseconds},
                           {"Private", ToBase64(key.ToDer().view())}};
  const Secret text(ToText(content));
  return {server_key.Seal(text.view(), kPurpose), key.PublicDer()};
}

Secret UnwrapImport(const identity::ServerKey& server_key, const std::string& key_arn, std::string_view token,
                    std::string_view wrapped, Time now) {
  auto text = server_key.Unseal(token, kPurpose);
  if (!text) throw Error(kInvalidImportToken, "The ImportToken is not one that this server made.");
  const Secret sealed(std::move(*text));
  const Json content = ParseJson(sealed.view());
  if (GetString(content, "Key") != key_arn)
    throw Error(kInvalidImportToken, "The ImportToken is for another key than " + key_arn + ".");
  if (Time{GetInt(content, "ValidTo")} <= now)
    throw Error(kExpiredImportToken, "The ImportToken has expired: get new parameters for the import.");
  std::string der;
  FromBase64(GetString(content, "Private"), der);
  const Secret private_der(std::move(der));
  const auto key = PrivateKey::Parse(private_der.view(), *FindKeySpec(GetString(content, "Spec")));
  return Unwrap(*key, GetString(content, "Algorithm"), wrapped);
}

}  // namespace sagebrush::keys
