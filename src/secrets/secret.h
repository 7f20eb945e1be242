#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "store/store.h"

namespace sagebrush::secrets {

// A secret is a resource of the store, named as it is called. Its spec has Suffix (the end of its ARN), Description,
// KmsKeyId (as given; empty: Secrets Manager's own key), Tags, Policy (pinned; empty: none), DeletionDate
// (milliseconds) while its deletion is scheduled, and Versions: [{Id, Stages, Created, Accessed}], the oldest first.
// Accessed is the midnight before the value was last read.
inline constexpr char kSecretKind[] = "secret";
// The value of a version is a resource too (secret_value.h), named UID/VERSION by the secret's uid, so that a secret
// made later under the name has none of it.
inline constexpr char kVersionKind[] = "secret-version";

inline constexpr char kCurrent[] = "AWSCURRENT";
inline constexpr char kPrevious[] = "AWSPREVIOUS";
inline constexpr char kPending[] = "AWSPENDING";
inline constexpr std::size_t kVersionsMax = 100;
inline constexpr std::size_t kStagesMax = 20;  // Of a version.

using SecretPointer = std::shared_ptr<const store::Resource>;

// A new secret without versions.
store::Resource NewSecret(const store::Key& key, Time now);
std::string ArnOf(const store::Resource& secret);
// The secret that an id (its name, its ARN, or its ARN without the end) names; nullptr: there is none.
SecretPointer FindSecret(const store::Reader& store, const std::string& account, const std::string& region,
                         const std::string& id);
bool IsDeleted(const store::Resource& secret);  // Or will be: its deletion is scheduled.

store::Key ValueKey(const store::Resource& secret, const std::string& version);
const JsonArray& VersionsOf(const store::Resource& secret);
const Json* FindVersion(const store::Resource& secret, std::string_view id);
// nullptr: no version has that stage.
const Json* VersionWithStage(const store::Resource& secret, std::string_view stage);
bool HasStage(const Json& version, std::string_view stage);

// Gives a stage to a version that is there, and takes it from whichever had it. Who loses AWSCURRENT becomes
// AWSPREVIOUS. Throws Error(LimitExceededException) for too many stages.
void MoveStage(store::Resource& secret, const std::string& stage, std::string_view version);
void RemoveStage(store::Resource& secret, std::string_view stage);
// Adds a version without stages. Returns those that had to go for it, which have none. Throws
// Error(LimitExceededException) when all have.
std::vector<std::string> AddVersion(store::Resource& secret, const std::string& id, Time now);

// Notes that the value of a version was read today. False: that is known.
bool MarkAccessed(store::Resource& secret, std::string_view version, Time now);

// What DescribeSecret shows.
JsonObject Describe(const store::Resource& secret);
// The stages of each version that has any.
JsonObject StagesByVersion(const store::Resource& secret);
// Deletes it with all values of its versions. False, and nothing is changed, when another writer came first.
bool DeleteNow(store::Store& store, const store::Resource& secret);

}  // namespace sagebrush::secrets
