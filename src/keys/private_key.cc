#include "keys/private_key.h"

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/error.h"

namespace sagebrush::keys {
namespace {

using Context = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void Require(bool ok) {
  if (!ok) throw Error(kInternalFailure, "OpenSSL failed to use an asymmetric key.");
}

Context ContextOf(EVP_PKEY* key) { return {EVP_PKEY_CTX_new(key, nullptr), &EVP_PKEY_CTX_free}; }

// "..._SHA_256": every algorithm here ends in its hash.
const EVP_MD* HashOf(std::string_view algorithm) {
  if (algorithm.ends_with("_SHA_1")) return EVP_sha1();
  if (algorithm.ends_with("_SHA_256")) return EVP_sha256();
  return algorithm.ends_with("_SHA_384") ? EVP_sha384() : EVP_sha512();
}

std::string DigestOf(std::string_view algorithm, std::string_view message, bool is_digest) {
  const EVP_MD* const hash = HashOf(algorithm);
  const auto size = static_cast<std::size_t>(EVP_MD_get_size(hash));
  if (is_digest) {
    if (message.size() == size) return std::string(message);
    throw Error(kValidation, fmt::format("Digest is invalid length for algorithm {}: it must have {} bytes, not {}.",
                                         algorithm, size, message.size()));
  }
  std::string digest(size, '\0');
  Require(EVP_Digest(message.data(), message.size(), Bytes(digest), nullptr, hash, nullptr) == 1);
  return digest;
}

void SetSignature(EVP_PKEY_CTX* context, std::string_view algorithm) {
  Require(EVP_PKEY_CTX_set_signature_md(context, HashOf(algorithm)) == 1);
  if (algorithm.starts_with("RSASSA_PSS")) {
    Require(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1);
    Require(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
  }
}

void SetOaep(EVP_PKEY_CTX* context, std::string_view algorithm) {
  Require(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1);
  Require(EVP_PKEY_CTX_set_rsa_oaep_md(context, HashOf(algorithm)) == 1);
  Require(EVP_PKEY_CTX_set_rsa_mgf1_md(context, HashOf(algorithm)) == 1);
}

bool IsOf(EVP_PKEY* key, const KeySpec& spec) {
  if (spec.family == KeyFamily::kRsa) return EVP_PKEY_is_a(key, "RSA") == 1 && EVP_PKEY_get_bits(key) == spec.bits;
  std::string group(64, '\0');
  std::size_t size = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
         group.substr(0, size) == spec.curve;
}

}  // namespace

PrivateKey PrivateKey::Generate(const KeySpec& spec) {
  EVP_PKEY* const key = spec.family == KeyFamily::kRsa
                            ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(spec.bits))
                            : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", spec.curve);
  Require(key != nullptr);
  return PrivateKey(Handle(key, &EVP_PKEY_free));
}

std::optional<PrivateKey> PrivateKey::Parse(std::string_view der, const KeySpec& spec) {
  const unsigned char* at = Bytes(der);
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, decltype(&PKCS8_PRIV_KEY_INFO_free)> info(
      d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(der.size())), &PKCS8_PRIV_KEY_INFO_free);
  Handle key(info == nullptr ? nullptr : EVP_PKCS82PKEY(info.get()), &EVP_PKEY_free);
  ERR_clear_error();
  if (key == nullptr || !IsOf(key.get(), spec)) return std::nullopt;
  return PrivateKey(std::move(key));
}

bool PrivateKey::IsSound() const {
  const bool sound = EVP_PKEY_pairwise_check(ContextOf(key_.get()).get()) == 1;
  ERR_clear_error();
  return sound;
}

Secret PrivateKey::ToDer() const {
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, decltype(&PKCS8_PRIV_KEY_INFO_free)> info(EVP_PKEY2PKCS8(key_.get()),
                                                                                       &PKCS8_PRIV_KEY_INFO_free);
  Require(info != nullptr);
  std::string der(static_cast<std::size_t>(i2d_PKCS8_PRIV_KEY_INFO(info.get(), nullptr)), '\0');
  unsigned char* at = Bytes(der);
  Require(i2d_PKCS8_PRIV_KEY_INFO(info.get(), &at) > 0);
  return Secret(std::move(der));
}

std::string PrivateKey::PublicDer() const {
  std::string der(static_cast<std::size_t>(i2d_PUBKEY(key_.get(), nullptr)), '\0');
  unsigned char* at = Bytes(der);
  Require(i2d_PUBKEY(key_.get(), &at) > 0);
  return der;
}

std::string PrivateKey::Sign(std::string_view algorithm, std::string_view message, bool is_digest) const {
  const std::string digest = DigestOf(algorithm, message, is_digest);
  const Context context = ContextOf(key_.get());
  Require(EVP_PKEY_sign_init(context.get()) == 1);
  SetSignature(context.get(), algorithm);
  std::size_t size = 0;
  Require(EVP_PKEY_sign(context.get(), nullptr, &size, Bytes(std::string_view(digest)), digest.size()) == 1);
  std::string signature(size, '\0');
  Require(EVP_PKEY_sign(context.get(), Bytes(signature), &size, Bytes(std::string_view(digest)), digest.size()) == 1);
  signature.resize(size);
  return signature;
}

bool PrivateKey::Verify(std::string_view algorithm, std::string_view message, bool is_digest,
                        std::string_view signature) const {
  const std::string digest = DigestOf(algorithm, message, is_digest);
  const Context context = ContextOf(key_.get());
  Require(EVP_PKEY_verify_init(context.get()) == 1);
  SetSignature(context.get(), algorithm);
  const bool holds = EVP_PKEY_verify(context.get(), Bytes(signature), signature.size(), Bytes(std::string_view(digest)),
                                     digest.size()) == 1;
  ERR_clear_error();
  return holds;
}

std::string PrivateKey::Encrypt(std::string_view algorithm, std::string_view text) const {
  const auto room = static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())) -
                    2 * static_cast<std::size_t>(EVP_MD_get_size(HashOf(algorithm))) - 2;
  if (text.size() > room) {
    throw Error(kValidation,
                fmt::format("The text has {} bytes; {} with this key takes at most {}.", text.size(), algorithm, room));
  }
  const Context context = ContextOf(key_.get());
  Require(EVP_PKEY_encrypt_init(context.get()) == 1);
  SetOaep(context.get(), algorithm);
  std::size_t size = 0;
  Require(EVP_PKEY_encrypt(context.get(), nullptr, &size, Bytes(text), text.size()) == 1);
  std::string out(size, '\0');
  Require(EVP_PKEY_encrypt(context.get(), Bytes(out), &size, Bytes(text), text.size()) == 1);
  out.resize(size);
  return out;
}

std::optional<Secret> PrivateKey::Decrypt(std::string_view algorithm, std::string_view ciphertext) const {
  const Context context = ContextOf(key_.get());
  Require(EVP_PKEY_decrypt_init(context.get()) == 1);
  SetOaep(context.get(), algorithm);
  std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key_.get()));
  std::string out(size, '\0');
  const bool ok = EVP_PKEY_decrypt(context.get(), Bytes(out), &size, Bytes(ciphertext), ciphertext.size()) == 1;
  ERR_clear_error();
  Secret whole(std::move(out));  // Wiped also behind the text.
  if (!ok) return std::nullopt;
  return Secret(std::string(whole.view().substr(0, size)));
}

std::size_t PrivateKey::SizeBytes() const { return static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())); }

std::optional<Secret> PrivateKey::Derive(std::string_view public_der) const {
  const unsigned char* at = Bytes(public_der);
  const Handle peer(d2i_PUBKEY(nullptr, &at, static_cast<long>(public_der.size())), &EVP_PKEY_free);
  const Context context = ContextOf(key_.get());
  std::size_t size = 0;
  // Setting the peer checks that its point is on the curve, which keeps a made-up one from telling of this key.
  const bool ready = peer != nullptr && EVP_PKEY_derive_init(context.get()) == 1 &&
                     EVP_PKEY_derive_set_peer_ex(context.get(), peer.get(), 1) == 1 &&
                     EVP_PKEY_derive(context.get(), nullptr, &size) == 1;
  std::string out(size, '\0');
  const bool ok = ready && EVP_PKEY_derive(context.get(), Bytes(out), &size) == 1;
  ERR_clear_error();
  if (!ok) return std::nullopt;
  out.resize(size);
  return Secret(std::move(out));
}

}  // namespace sagebrush::keys
