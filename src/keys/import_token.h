#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"
#include "identity/server_key.h"

// How key material is brought here: it is encrypted under a public key made for this, whose private key travels,
// sealed, in the token. The server keeps nothing of it.
namespace sagebrush::keys {

struct ImportParameters {
  std::string token;
  std::string public_key;  // SubjectPublicKeyInfo.
};
// Throws Error(UnsupportedOperationException) for an algorithm or KeySpec that is not built.
ImportParameters MakeImportToken(const identity::ServerKey& server_key, const std::string& key_arn,
                                 const std::string& algorithm, const std::string& wrapping_key_spec, Time valid_to);

// Throws Error(InvalidImportTokenException) when the token is not for that key, Error(ExpiredImportTokenException),
// Error(InvalidCiphertextException) when what was wrapped does not open.
Secret UnwrapImport(const identity::ServerKey& server_key, const std::string& key_arn, std::string_view token,
                    std::string_view wrapped, Time now);

}  // namespace sagebrush::keys
