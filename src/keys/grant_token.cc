#include "keys/grant_token.h"

#include "base/encoding.h"
#include "keys/key_errors.h"

namespace sagebrush::keys {
namespace {

constexpr std::string_view kPurpose = "kms grant token";

}  // namespace

std::string TokenOfGrant(const identity::ServerKey& server_key, std::string_view grant) {
  return ToBase64(server_key.Seal(grant, kPurpose));
}

std::string GrantOfToken(const identity::ServerKey& server_key, std::string_view token) {
  std::string sealed;
  const auto grant = FromBase64(token, sealed) ? server_key.Unseal(sealed, kPurpose) : std::nullopt;
  if (!grant) throw Error(kInvalidGrantToken, "A grant token of the request is not one that this server made.");
  return *grant;
}

}  // namespace sagebrush::keys
