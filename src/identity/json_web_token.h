#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/evp.h>

#include "base/json.h"

// Signed JSON Web Tokens (RFC 7515, 7517, 7519) as OpenID Connect providers make them.
namespace sagebrush::identity {

// A public key of a provider. Immutable, so safe to use from any thread.
class JsonWebKey {
 public:
  // Throws Error(kInvalidIdentityToken) when it is no RSA key of 2048 to 8192 bits and no key on P-256, P-384 or P-521.
  explicit JsonWebKey(const Json& key);

  const std::string& id() const { return id_; }  // "kid"; empty: it has none.
  // Whether `signature` is this key's for `text` by `algorithm` ("RS256", "ES384"). An algorithm that is not of the
  // key's own type, as "HS256" and "none", is never right.
  bool Verify(std::string_view algorithm, std::string_view text, std::string_view signature) const;

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  std::string id_;
  std::string algorithms_;  // Those that the key may be used with, each followed by a blank.
  std::unique_ptr<EVP_PKEY, Free> key_;
};

// The keys of a JSON Web Key Set that can verify signatures; the others (of other types, for encryption) are left out.
// Throws Error(kInvalidIdentityToken) when the text is no key set or has more than 100 keys.
std::vector<JsonWebKey> ReadKeySet(std::string_view text);

// A token as it came: nothing of it is believed before Verify.
struct JsonWebToken {
  std::string algorithm;
  std::string key_id;  // Empty: it names none.
  Json claims;
  std::string signed_text;
  std::string signature;

  // Throws Error(kInvalidIdentityToken) when it is none, or has critical extensions, which nobody here understands.
  static JsonWebToken Read(std::string_view text);
  // Whether one of `keys` made it: the one that it names, or any where it names none. What the token says of keys of
  // its own ("jwk", "jku", "x5u", "x5c") is not looked at.
  bool IsSignedBy(const std::vector<JsonWebKey>& keys) const;
};

}  // namespace sagebrush::identity
