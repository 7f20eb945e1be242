#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/types.h>

#include "base/secret.h"
#include "keys/key_spec.h"

namespace sagebrush::keys {

// An RSA or elliptic curve key. Algorithms are named as KMS names them, and have been checked against its KeySpec.
// Immutable once made, so safe to use from any thread.
class PrivateKey {
 public:
  // Takes a second and more for the larger RSA keys.
  static PrivateKey Generate(const KeySpec& spec);
  // Of PKCS #8 in DER. nullopt: it is none, or not one of `spec`.
  static std::optional<PrivateKey> Parse(std::string_view der, const KeySpec& spec);

  // Whether its parts fit together: to be asked of one that somebody else made. Takes long for RSA keys.
  bool IsSound() const;

  Secret ToDer() const;           // PKCS #8.
  std::string PublicDer() const;  // SubjectPublicKeyInfo.

  // `message` is signed as it is, or is a digest already. Throws Error(kValidation) when that has not its length.
  std::string Sign(std::string_view algorithm, std::string_view message, bool is_digest) const;
  bool Verify(std::string_view algorithm, std::string_view message, bool is_digest, std::string_view signature) const;

  // RSAES_OAEP_... Throws Error(kValidation) when the text is too long for the key.
  std::string Encrypt(std::string_view algorithm, std::string_view text) const;
  std::optional<Secret> Decrypt(std::string_view algorithm, std::string_view ciphertext) const;

  std::size_t SizeBytes() const;  // Of an RSA modulus, and so of what it encrypts.

  // By ECDH with the other party's public key (SubjectPublicKeyInfo). nullopt: it is none of this key's curve.
  std::optional<Secret> Derive(std::string_view public_der) const;

 private:
  using Handle = std::shared_ptr<EVP_PKEY>;
  explicit PrivateKey(Handle key) : key_(std::move(key)) {}
  Handle key_;
};

}  // namespace sagebrush::keys
