// The values of secrets and the staging labels of their versions.
#include <fmt/format.h>

#include "base/log.h"
#include "secrets/filters.h"
#include "secrets/secret_access.h"
#include "secrets/secret_errors.h"
#include "secrets/secret_handlers.h"
#include "secrets/secret_versions.h"

namespace sagebrush::secrets {
namespace {

constexpr std::int64_t kBatchMax = 20;

// The version that VersionId and VersionStage ask for, AWSCURRENT when neither does.
const Json& WantedVersion(const store::Resource& secret, const Json& input) {
  const std::string id = GetString(input, "VersionId");
  const std::string stage = GetString(input, "VersionStage", id.empty() ? kCurrent : "");
  const Json* const version = id.empty() ? VersionWithStage(secret, stage) : FindVersion(secret, id);
  if (version != nullptr && (stage.empty() || HasStage(*version, stage))) return *version;
  throw Error(kSecretNotFound, id.empty() ? fmt::format("Secrets Manager can't find the specified secret value for "
                                                        "staging label: {}",
                                                        stage)
                                          : fmt::format("Secrets Manager can't find the specified secret value for "
                                                        "VersionId: {}",
                                                        id));
}

// That a value was read is written down once a day; the read itself does not fail because that does.
void NoteAccess(const SecretsContext& context, const store::Resource& secret, const std::string& version) {
  store::Resource noted = secret;
  if (!MarkAccessed(noted, version, context.clock.Now())) return;
  try {
    context.store.Update(noted);  // When another writer comes first, the next read does it.
  } catch (const Error& error) {
    LogWarning("When the secret {} was last accessed is not written down: {}", secret.key.name, error.what());
  }
}

JsonObject ShowValue(const SecretsContext& context, const wire::Call& call, const store::Resource& secret,
                     const Json& version) {
  const std::string id = GetString(version, "Id");
  JsonObject out = Named(secret);
  out["VersionId"] = id;
  out["VersionStages"] = version.at("Stages");
  out["CreatedDate"] = Time{GetInt(version, "Created")}.ToEpochSeconds();
  Show(OpenValue(context, call, secret, id), out);
  NoteAccess(context, secret, id);
  return out;
}

std::vector<std::string> StagesIn(const Json& input) {
  const Json* const given = Find(input, "VersionStages");
  if (given == nullptr) return {kCurrent};
  std::vector<std::string> stages;
  for (const Json& stage : given->as_array()) stages.emplace_back(std::string_view(stage.as_string()));
  return stages;
}

// Each as if it were asked for alone, with what went wrong beside the others.
void AddToBatch(const SecretsContext& context, const wire::Call& call, const std::string& id, JsonArray& values,
                JsonArray& errors) {
  try {
    context.authorizer.Check(call, {SecretAccess(context, call, id, "secretsmanager:GetSecretValue")});
    const auto secret = FindSecret(context.store, call.account(), call.region, id);
    if (secret == nullptr) throw Error(kSecretNotFound, "Secrets Manager can't find the specified secret.");
    RequireLive(*secret);
    values.push_back(ShowValue(context, call, *secret, WantedVersion(*secret, JsonObject())));
  } catch (const Error& error) {
    if (error.kind().fault == Fault::kServer) throw;
    errors.push_back({{"SecretId", id}, {"ErrorCode", error.kind().code}, {"Message", error.what()}});
  }
}

void RefuseRotationToken(const Json& input) {
  if (Find(input, "RotationToken") != nullptr)
    throw Error(kInvalidParameter, "The RotationToken is refused: rotation by functions is not built.");
}

}  // namespace

Json GetSecretValue(const SecretsContext& context, wire::Call& call) {
  const SecretPointer secret = LiveSecretIn(context, call);
  return ShowValue(context, call, *secret, WantedVersion(*secret, call.input));
}

Json BatchGetSecretValue(const SecretsContext& context, wire::Call& call) {
  const Json* const ids = Find(call.input, "SecretIdList");
  const Json* const filters = Find(call.input, "Filters");
  if ((ids == nullptr) == (filters == nullptr))
    throw Error(kInvalidParameter, "Give either a SecretIdList or Filters.");
  JsonArray values;
  JsonArray errors;
  JsonObject out;
  if (ids != nullptr) {
    if (ids->as_array().size() > kBatchMax)
      throw Error(kInvalidParameter, fmt::format("A batch has at most {} secrets.", kBatchMax));
    for (const Json& id : ids->as_array()) AddToBatch(context, call, std::string(id.as_string()), values, errors);
  } else {
    context.authorizer.Check(call, {OtherAccess(context, call, "secretsmanager:ListSecrets")});
    const store::Page page = PageOfSecrets(context.store, call, kBatchMax);
    for (const auto& secret : page.resources) {
      if (FitsFilters(*secret, call)) AddToBatch(context, call, secret->key.name, values, errors);
    }
    if (!page.next_token.empty()) out["NextToken"] = page.next_token;
  }
  out["SecretValues"] = std::move(values);
  out["Errors"] = std::move(errors);
  return out;
}

Json PutSecretValue(const SecretsContext& context, wire::Call& call) {
  RefuseRotationToken(call.input);
  const std::optional<Value> value = ValueIn(call.input);
  if (!value) throw Error(kInvalidParameter, "You must provide either SecretString or SecretBinary.");
  const std::string version = VersionIdIn(call.input);
  for (;;) {
    store::Resource secret = *LiveSecretIn(context, call);
    VersionChange change;
    AddValue(context, call, version, *value, StagesIn(call.input), secret, change);
    if (!change.added.empty() && !CommitSecret(context, secret, change)) continue;
    JsonObject out = Named(secret);
    out["VersionId"] = version;
    out["VersionStages"] = FindVersion(secret, version)->at("Stages");
    return out;
  }
}

Json UpdateSecretVersionStage(const SecretsContext& context, wire::Call& call) {
  const std::string stage = GetString(call.input, "VersionStage");
  const std::string from = GetString(call.input, "RemoveFromVersionId");
  const std::string to = GetString(call.input, "MoveToVersionId");
  JsonObject out;
  ChangeSecret(context, call, [&](store::Resource& secret) {
    out = Named(secret);
    const Json* const holder = VersionWithStage(secret, stage);
    const std::string holder_id = holder == nullptr ? "" : GetString(*holder, "Id");
    if (holder_id != from && holder_id != to) {
      throw Error(kInvalidParameter, fmt::format("The staging label {} is currently attached to version {}, so "
                                                 "RemoveFromVersionId must name that version.",
                                                 stage, holder_id.empty() ? "none" : holder_id));
    }
    if (to.empty() && stage == kCurrent)
      throw Error(kInvalidParameter,
                  "You can only move the staging label AWSCURRENT to a different secret version. It "
                  "can't be completely removed.");
    if (to.empty()) return RemoveStage(secret, stage);
    if (FindVersion(secret, to) == nullptr)
      throw Error(kSecretNotFound, "Secrets Manager can't find the specified secret version: " + to);
    MoveStage(secret, stage, to);
  });
  return out;
}

Json ListSecretVersionIds(const SecretsContext& context, wire::Call& call) {
  const SecretPointer secret = SecretIn(context, call);
  const bool all = GetBool(call.input, "IncludeDeprecated");
  JsonArray versions;  // At most a hundred: one page, whatever MaxResults says.
  for (const Json& version : VersionsOf(*secret)) {
    if (!all && version.at("Stages").as_array().empty()) continue;
    JsonObject shown{{"VersionId", version.at("Id")},
                     {"VersionStages", version.at("Stages")},
                     {"CreatedDate", Time{GetInt(version, "Created")}.ToEpochSeconds()}};
    if (const Json* const read = Find(version, "Accessed"))
      shown["LastAccessedDate"] = Time{read->as_int64()}.ToEpochSeconds();
    versions.push_back(std::move(shown));
  }
  JsonObject out = Named(*secret);
  out["Versions"] = std::move(versions);
  return out;
}

}  // namespace sagebrush::secrets
