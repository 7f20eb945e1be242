#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/aead.h"
#include "base/json.h"

// What Encrypt and GenerateDataKey of a symmetric key give as CiphertextBlob, and Decrypt takes:
//   version (1 byte, 1) | key id (16) | beginning of the material's id (8) | salt (16) | nonce (12) | text | tag (16)
// The text is AES-256-GCM under a key that HKDF makes of material and salt, so that no material is ever used up; all
// that stands before the nonce, and the encryption context, are bound to it.
namespace sagebrush::keys {

struct CiphertextHeader {
  std::string key_id;           // As keys are named: a UUID.
  std::string material_prefix;  // 16 hexadecimal digits.
};

// nullopt: it is no ciphertext of this server.
std::optional<CiphertextHeader> ReadHeader(std::string_view blob);

// `context`: an object of strings, in which the order of members does not matter; nullptr: none.
std::string EncryptText(const CiphertextHeader& header, const SecretKey& material, std::string_view text,
                        const Json* context);
// nullopt: the blob, its header included, was not made with this material and context.
std::optional<std::string> DecryptText(const SecretKey& material, std::string_view blob, const Json* context);

}  // namespace sagebrush::keys
