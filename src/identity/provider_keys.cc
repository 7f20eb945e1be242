#include "identity/provider_keys.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "identity/iam_error.h"

namespace sagebrush::identity {
namespace {

constexpr const char* kNoKeys =
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity "
    "documentation for requirements";

bool Has(const ProviderKeys::Keys& keys, const std::string& key_id) {
  return keys != nullptr && (key_id.empty() || std::any_of(keys->begin(), keys->end(),
                                                           [&](const JsonWebKey& key) { return key.id() == key_id; }));
}

}  // namespace

ProviderKeys::Keys ProviderKeys::Get(const std::string& issuer, const std::string& key_id,
                                     const std::vector<std::string>& thumbprints) {
  const Time now = clock_.Now();
  Keys known;
  {
    const MutexLock lock(mutex_);
    Entry& entry = entries_[issuer];
    known = entry.keys;
    const bool fresh = known != nullptr && now < entry.read + kKept;
    if (fresh && Has(known, key_id)) return known;
    const bool tried = entry.tried.milliseconds != 0 && now < entry.tried + kRetry;
    if (entry.is_asked || tried) {
      if (known != nullptr) return known;
      throw Error(
          kProviderUnreachable,
          fmt::format("{}. {}", kNoKeys, entry.failure.empty() ? "It is being asked. Try again." : entry.failure));
    }
    entry.is_asked = true;
    entry.tried = now;
  }
  Keys keys;
  std::string failure;
  try {
    keys = Read(issuer, thumbprints);
  } catch (const std::exception& error) {
    failure = error.what();
  }
  const MutexLock lock(mutex_);
  Entry& entry = entries_[issuer];
  entry.is_asked = false;
  entry.failure = failure;
  if (keys == nullptr) throw Error(kInvalidIdentityToken, fmt::format("{}. {}", kNoKeys, failure));
  entry.keys = keys;
  entry.read = now;
  return keys;
}

ProviderKeys::Keys ProviderKeys::Read(const std::string& issuer, const std::vector<std::string>& thumbprints) const {
  const std::string base = issuer.ends_with('/') ? issuer.substr(0, issuer.size() - 1) : issuer;
  const Json document = ParseJson(fetch_(base + "/.well-known/openid-configuration", thumbprints));
  const Json* const stated = Find(document, "issuer");
  const Json* const address = Find(document, "jwks_uri");
  if (stated == nullptr || !stated->is_string() || stated->get_string() != issuer) {
    throw Error(kInvalidIdentityToken, fmt::format("The configuration at {} is not that of the issuer.", base));
  }
  if (address == nullptr || !address->is_string() || !address->get_string().starts_with("https://")) {
    throw Error(kInvalidIdentityToken,
                fmt::format("The configuration of {} names no jwks_uri that is https://.", base));
  }
  return std::make_shared<const std::vector<JsonWebKey>>(
      ReadKeySet(fetch_(std::string(address->get_string()), thumbprints)));
}

}  // namespace sagebrush::identity
