#pragma once

#include <string>
#include <vector>

#include "secrets/secret.h"
#include "secrets/secret_value.h"

namespace sagebrush::secrets {

// The id that a request gives its new version; without one, a new one.
std::string VersionIdIn(const Json& input);

// Adds `value` as a version with these stages to `secret`, which is not stored by this: the writes that are to be
// committed with it are appended to `change`. Does nothing when that version is there with the same value. Throws
// Error(ResourceExistsException) when it has another one.
struct VersionChange {
  std::vector<store::Resource> added;
  std::vector<std::shared_ptr<const store::Resource>> removed;
};
void AddValue(const SecretsContext& context, const wire::Call& call, const std::string& version, const Value& value,
              const std::vector<std::string>& stages, store::Resource& secret, VersionChange& change);

// Commits the secret, which is new or changed, with its versions. False: another writer came first.
bool CommitSecret(const SecretsContext& context, store::Resource& secret, VersionChange& change);

}  // namespace sagebrush::secrets
