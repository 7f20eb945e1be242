#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"
#include "keys/keys_context.h"
#include "keys/private_key.h"

// What a key does with a text. Whether it may be used and has the algorithm is for the caller to check first
// (RequireCipher).
namespace sagebrush::keys {

// Throws the Error of a key that is not enabled, or is not for `algorithm`.
void RequireCipher(const store::Resource& key, std::string_view algorithm);

struct Encrypted {
  std::string blob;
  std::string material_id;
};
// `encryption_context`: nullptr: none. Throws Error(kValidation) for one with an asymmetric key, or a text too long.
Encrypted EncryptWith(const KeysContext& context, const store::Resource& key, std::string_view algorithm,
                      std::string_view text, const Json* encryption_context);

struct Decrypted {
  Secret text;
  std::string material_id;
};
// Throws Error(IncorrectKeyException) when another key made the blob, Error(InvalidCiphertextException), which tells
// nobody why, for all else that can be wrong with it.
Decrypted DecryptWith(const KeysContext& context, const store::Resource& key, std::string_view algorithm,
                      std::string_view blob, const Json* encryption_context);

// Of an RSA or elliptic curve key.
PrivateKey PrivateKeyOf(const KeysContext& context, const store::Resource& key);

}  // namespace sagebrush::keys
