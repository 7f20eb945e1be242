#include "secrets/secret.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/arn.h"
#include "base/id.h"
#include "secrets/secret_errors.h"

namespace sagebrush::secrets {
namespace {

constexpr std::size_t kSuffixSize = 6;
constexpr std::string_view kResourcePrefix = "secret:";
constexpr std::string_view kSuffixAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

JsonArray& Versions(store::Resource& secret) { return secret.spec.at("Versions").as_array(); }

Json* FindForChange(store::Resource& secret, std::string_view id) {
  JsonArray& versions = Versions(secret);
  const auto found =
      std::ranges::find_if(versions, [&](const Json& version) { return GetString(version, "Id") == id; });
  return found == versions.end() ? nullptr : &*found;
}

void AddStage(Json& version, const std::string& stage) {
  JsonArray& stages = version.at("Stages").as_array();
  if (stages.size() >= kStagesMax)
    throw Error(kSecretLimitExceeded, fmt::format("A version has at most {} staging labels.", kStagesMax));
  stages.emplace_back(stage);
}

}  // namespace

store::Resource NewSecret(const store::Key& key, Time now) {
  store::Resource secret;
  secret.key = key;
  secret.uid = NewUuid();
  secret.spec = {{"Suffix", RandomText(kSuffixSize, kSuffixAlphabet)},
                 {"Description", ""},
                 {"KmsKeyId", ""},
                 {"Tags", JsonArray()},
                 {"Policy", ""},
                 {"Versions", JsonArray()}};
  secret.status = JsonObject();
  secret.created = secret.modified = now;
  return secret;
}

std::string ArnOf(const store::Resource& secret) {
  return Arn{.service = "secretsmanager",
             .region = secret.key.region,
             .account = secret.key.account,
             .resource = fmt::format("{}{}-{}", kResourcePrefix, secret.key.name, GetString(secret.spec, "Suffix"))}
      .ToString();
}

SecretPointer FindSecret(const store::Reader& store, const std::string& account, const std::string& region,
                         const std::string& id) {
  const auto named = [&](const std::string& name) { return store.Get({kSecretKind, account, region, name}); };
  if (!id.starts_with("arn:")) return named(id);
  const auto arn = Arn::Parse(id);
  if (!arn || arn->service != "secretsmanager" || arn->account != account || arn->region != region ||
      !arn->resource.starts_with(kResourcePrefix))
    return nullptr;
  const std::string name = arn->resource.substr(kResourcePrefix.size());
  if (name.size() > kSuffixSize + 1) {
    auto whole = named(name.substr(0, name.size() - kSuffixSize - 1));
    if (whole != nullptr && ArnOf(*whole) == id) return whole;
  }
  return named(name);
}

bool IsDeleted(const store::Resource& secret) { return Find(secret.spec, "DeletionDate") != nullptr; }

store::Key ValueKey(const store::Resource& secret, const std::string& version) {
  return {kVersionKind, secret.key.account, secret.key.region, secret.uid + "/" + version};
}

const JsonArray& VersionsOf(const store::Resource& secret) { return secret.spec.at("Versions").as_array(); }

const Json* FindVersion(const store::Resource& secret, std::string_view id) {
  const JsonArray& versions = VersionsOf(secret);
  const auto found =
      std::ranges::find_if(versions, [&](const Json& version) { return GetString(version, "Id") == id; });
  return found == versions.end() ? nullptr : &*found;
}

const Json* VersionWithStage(const store::Resource& secret, std::string_view stage) {
  const JsonArray& versions = VersionsOf(secret);
  const auto found = std::ranges::find_if(versions, [&](const Json& version) { return HasStage(version, stage); });
  return found == versions.end() ? nullptr : &*found;
}

bool HasStage(const Json& version, std::string_view stage) {
  const JsonArray& stages = version.at("Stages").as_array();
  return std::ranges::find(stages, Json(stage)) != stages.end();
}

void MoveStage(store::Resource& secret, const std::string& stage, std::string_view version) {
  const Json* const holder = VersionWithStage(secret, stage);
  const std::string before = holder == nullptr ? "" : GetString(*holder, "Id");
  if (before == version) return;
  RemoveStage(secret, stage);
  AddStage(*FindForChange(secret, version), stage);
  if (stage != kCurrent || before.empty()) return;
  RemoveStage(secret, kPrevious);
  AddStage(*FindForChange(secret, before), kPrevious);
}

void RemoveStage(store::Resource& secret, std::string_view stage) {
  for (Json& version : Versions(secret)) {
    JsonArray& stages = version.at("Stages").as_array();
    const auto rest = std::ranges::remove(stages, Json(stage));
    stages.erase(rest.begin(), rest.end());
  }
}

std::vector<std::string> AddVersion(store::Resource& secret, const std::string& id, Time now) {
  JsonArray& versions = Versions(secret);
  std::vector<std::string> gone;
  while (versions.size() >= kVersionsMax) {
    const auto oldest =
        std::ranges::find_if(versions, [](const Json& version) { return version.at("Stages").as_array().empty(); });
    if (oldest == versions.end())
      throw Error(kSecretLimitExceeded, fmt::format("A secret has at most {} versions with labels.", kVersionsMax));
    gone.push_back(GetString(*oldest, "Id"));
    versions.erase(oldest);
  }
  versions.push_back({{"Id", id}, {"Stages", JsonArray()}, {"Created", now.milliseconds}});
  return gone;
}

bool MarkAccessed(store::Resource& secret, std::string_view version, Time now) {
  constexpr std::int64_t kDay = 24LL * 3600 * 1000;
  const std::int64_t today = now.milliseconds - now.milliseconds % kDay;
  Json* const read = FindForChange(secret, version);
  if (read == nullptr || GetInt(*read, "Accessed") >= today) return false;
  read->as_object()["Accessed"] = today;
  return true;
}

JsonObject StagesByVersion(const store::Resource& secret) {
  JsonObject out;
  for (const Json& version : VersionsOf(secret)) {
    if (!version.at("Stages").as_array().empty()) out[GetString(version, "Id")] = version.at("Stages");
  }
  return out;
}

JsonObject Describe(const store::Resource& secret) {
  JsonObject out{{"ARN", ArnOf(secret)},
                 {"Name", secret.key.name},
                 {"Tags", secret.spec.at("Tags")},
                 {"CreatedDate", secret.created.ToEpochSeconds()},
                 {"LastChangedDate", secret.modified.ToEpochSeconds()}};
  for (const char* member : {"Description", "KmsKeyId"}) {
    if (std::string text = GetString(secret.spec, member); !text.empty()) out[member] = std::move(text);
  }
  if (JsonObject stages = StagesByVersion(secret); !stages.empty()) out["VersionIdsToStages"] = std::move(stages);
  std::int64_t accessed = 0;
  for (const Json& version : VersionsOf(secret)) accessed = std::max(accessed, GetInt(version, "Accessed"));
  if (accessed != 0) out["LastAccessedDate"] = Time{accessed}.ToEpochSeconds();
  if (const Json* const date = Find(secret.spec, "DeletionDate"))
    out["DeletedDate"] = Time{date->as_int64()}.ToEpochSeconds();
  return out;
}

bool DeleteNow(store::Store& store, const store::Resource& secret) {
  std::vector<SecretPointer> values;
  std::vector<store::Write> writes{store::Write::Delete(secret)};
  for (const Json& version : VersionsOf(secret)) {
    auto value = store.Get(ValueKey(secret, GetString(version, "Id")));
    if (value == nullptr) continue;
    writes.push_back(store::Write::Delete(*value));
    values.push_back(std::move(value));
  }
  return !store.Commit(writes);
}

}  // namespace sagebrush::secrets
