#include "secrets/secret_versions.h"

#include "base/digest.h"
#include "base/id.h"
#include "secrets/secret_errors.h"

namespace sagebrush::secrets {
namespace {

bool HasValue(const SecretsContext& context, const wire::Call& call, const store::Resource& secret,
              const std::string& version, const Value& value) {
  const Value kept = OpenValue(context, call, secret, version);
  return kept.type == value.type && EqualInConstantTime(kept.bytes.view(), value.bytes.view());
}

}  // namespace

std::string VersionIdIn(const Json& input) {
  const std::string token = GetString(input, "ClientRequestToken");
  return token.empty() ? NewUuid() : token;
}

void AddValue(const SecretsContext& context, const wire::Call& call, const std::string& version, const Value& value,
              const std::vector<std::string>& stages, store::Resource& secret, VersionChange& change) {
  if (FindVersion(secret, version) != nullptr) {
    if (HasValue(context, call, secret, version, value)) return;
    throw Error(kSecretExists, "You can't use ClientRequestToken " + version +
                                   " because that value is already in use for a version of secret " + ArnOf(secret) +
                                   ".");
  }
  for (const std::string& gone : AddVersion(secret, version, context.clock.Now())) {
    if (auto kept = context.store.Get(ValueKey(secret, gone))) change.removed.push_back(std::move(kept));
  }
  for (const std::string& stage : stages) MoveStage(secret, stage, version);
  change.added.push_back(SealValue(context, call, secret, version, value));
}

bool CommitSecret(const SecretsContext& context, store::Resource& secret, VersionChange& change) {
  secret.modified = context.clock.Now();
  std::vector<store::Write> writes;
  writes.push_back(secret.version == 0 ? store::Write::Insert(secret) : store::Write::Update(secret));
  for (store::Resource& value : change.added)
    writes.push_back(value.version == 0 ? store::Write::Insert(value) : store::Write::Update(value));
  for (const auto& value : change.removed) writes.push_back(store::Write::Delete(*value));
  return !context.store.Commit(writes);
}

}  // namespace sagebrush::secrets
