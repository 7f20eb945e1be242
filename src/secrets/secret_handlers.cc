// Secrets themselves: made, changed, deleted and taken back.
#include "secrets/secret_handlers.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "secrets/secret_errors.h"
#include "secrets/secret_versions.h"
#include "tagging/tagged_service.h"

namespace sagebrush::secrets {
namespace {

constexpr std::size_t kTagsMax = 50;
constexpr std::int64_t kWindowDays = 30;
constexpr std::chrono::hours kDay{24};

void Refuse(const Json& input, const char* member, const char* reason) {
  if (Find(input, member) != nullptr)
    throw Error(kInvalidParameter, fmt::format("The {} is refused: {}.", member, reason));
}

void RefuseWhatIsNotBuilt(const Json& input) {
  const char* const no_regions =
      "the regions of this server are names on one machine, there is nowhere to replicate to";
  Refuse(input, "AddReplicaRegions", no_regions);
  Refuse(input, "ForceOverwriteReplicaSecret", no_regions);
  Refuse(input, "CrossAccountPrimaryARN", no_regions);
  Refuse(input, "Type", "secrets that a partner rotates are not built");
}

void CheckName(const std::string& name) {
  const auto is_valid = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/_+=.@-!").find(c) != std::string_view::npos;
  };
  if (std::ranges::all_of(name, is_valid)) return;
  throw Error(kValidation,
              "Invalid name. Must be a valid name containing alphanumeric characters, or any of the "
              "following: -/_+=.@!");
}

// A repeated request is answered like the first: by the version that it made.
Json Existing(const SecretsContext& context, const wire::Call& call, const store::Resource& secret,
              const std::optional<Value>& value, const std::string& version) {
  if (IsDeleted(secret)) {
    throw Error(kInvalidRequest,
                "You can't create this secret because a secret with this name is already scheduled "
                "for deletion.");
  }
  store::Resource same = secret;
  VersionChange change;
  if (!value || FindVersion(secret, version) == nullptr)
    throw Error(kSecretExists,
                fmt::format("The operation failed because the secret {} already exists.", secret.key.name));
  AddValue(context, call, version, *value, {}, same, change);
  JsonObject out = Named(secret);
  out["VersionId"] = version;
  return out;
}

// A new key encrypts what is in use anew (docs.aws.amazon.com, API_UpdateSecret, KmsKeyId).
void EncryptAnew(const SecretsContext& context, const wire::Call& call, const store::Resource& before,
                 const store::Resource& secret, VersionChange& change) {
  for (const char* stage : {kCurrent, kPending, kPrevious}) {
    const Json* const version = VersionWithStage(before, stage);
    if (version == nullptr) continue;
    const std::string id = GetString(*version, "Id");
    const auto kept = context.store.Get(ValueKey(secret, id));
    const bool is_done = std::ranges::any_of(
        change.added, [&](const store::Resource& added) { return added.key == ValueKey(secret, id); });
    if (kept == nullptr || is_done) continue;
    store::Resource anew = *kept;
    anew.spec = SealValue(context, call, secret, id, OpenValue(context, call, before, id)).spec;
    change.added.push_back(std::move(anew));
  }
}

std::int64_t WindowIn(const Json& input) {
  const bool by_force = GetBool(input, "ForceDeleteWithoutRecovery");
  const Json* const window = Find(input, "RecoveryWindowInDays");
  if (by_force && window != nullptr) {
    throw Error(kInvalidParameter,
                "You can't use ForceDeleteWithoutRecovery in conjunction with "
                "RecoveryWindowInDays.");
  }
  if (by_force) return 0;
  const std::int64_t days = window == nullptr ? kWindowDays : window->to_number<std::int64_t>();
  if (days < 7 || days > 30) {
    throw Error(kInvalidParameter, "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
  }
  return days;
}

}  // namespace

JsonObject Named(const store::Resource& secret) { return {{"ARN", ArnOf(secret)}, {"Name", secret.key.name}}; }

SecretPointer SecretIn(const SecretsContext& context, const wire::Call& call) {
  auto secret = FindSecret(context.store, call.account(), call.region, GetString(call.input, "SecretId"));
  if (secret == nullptr) throw Error(kSecretNotFound, "Secrets Manager can't find the specified secret.");
  return secret;
}

void RequireLive(const store::Resource& secret) {
  if (!IsDeleted(secret)) return;
  throw Error(kInvalidRequest, "You can't perform this operation on the secret because it was marked for deletion.");
}

SecretPointer LiveSecretIn(const SecretsContext& context, const wire::Call& call) {
  auto secret = SecretIn(context, call);
  RequireLive(*secret);
  return secret;
}

void ChangeSecret(const SecretsContext& context, const wire::Call& call,
                  const std::function<void(store::Resource&)>& change) {
  for (;;) {
    store::Resource secret = *LiveSecretIn(context, call);
    change(secret);
    secret.modified = context.clock.Now();
    if (context.store.Update(secret)) return;
  }
}

void CheckTags(const JsonArray& tags) {
  for (const Json& tag : tags) {
    if (GetString(tag, "Key").starts_with("aws:"))
      throw Error(kInvalidParameter, "The tag key " + GetString(tag, "Key") + " is reserved: it begins with aws:.");
  }
  if (tags.size() > kTagsMax) throw Error(kInvalidParameter, fmt::format("A secret has at most {} tags.", kTagsMax));
}

Json CreateSecret(const SecretsContext& context, wire::Call& call) {
  RefuseWhatIsNotBuilt(call.input);
  const std::string name = GetString(call.input, "Name");
  CheckName(name);
  const store::Key key{kSecretKind, call.account(), call.region, name};
  const std::optional<Value> value = ValueIn(call.input);
  const std::string version = VersionIdIn(call.input);
  for (;;) {
    if (const auto known = context.store.Get(key)) return Existing(context, call, *known, value, version);
    store::Resource secret = NewSecret(key, context.clock.Now());
    secret.spec.at("Description") = GetString(call.input, "Description");
    secret.spec.at("KmsKeyId") = GetString(call.input, "KmsKeyId");
    if (const Json* const tags = Find(call.input, "Tags")) {
      CheckTags(tags->as_array());
      secret.spec.at("Tags") = tagging::ToList(tagging::FromList(tags->as_array()));
    }
    VersionChange change;
    if (value) AddValue(context, call, version, *value, {kCurrent}, secret, change);
    if (!CommitSecret(context, secret, change)) continue;
    JsonObject out = Named(secret);
    if (value) out["VersionId"] = version;
    return out;
  }
}

Json DescribeSecret(const SecretsContext& context, wire::Call& call) { return Describe(*SecretIn(context, call)); }

Json UpdateSecret(const SecretsContext& context, wire::Call& call) {
  Refuse(call.input, "Type", "secrets that a partner rotates are not built");
  const std::optional<Value> value = ValueIn(call.input);
  const std::string version = VersionIdIn(call.input);
  for (;;) {
    const SecretPointer before = LiveSecretIn(context, call);
    store::Resource secret = *before;
    if (const Json* const description = Find(call.input, "Description")) secret.spec.at("Description") = *description;
    VersionChange change;
    if (const Json* const key = Find(call.input, "KmsKeyId")) secret.spec.at("KmsKeyId") = *key;
    if (value) AddValue(context, call, version, *value, {kCurrent}, secret, change);
    if (secret.spec.at("KmsKeyId") != before->spec.at("KmsKeyId")) EncryptAnew(context, call, *before, secret, change);
    if (!CommitSecret(context, secret, change)) continue;
    JsonObject out = Named(secret);
    if (value) out["VersionId"] = version;
    return out;
  }
}

Json DeleteSecret(const SecretsContext& context, wire::Call& call) {
  const std::int64_t days = WindowIn(call.input);
  for (;;) {
    const SecretPointer before = SecretIn(context, call);
    const Time date = context.clock.Now() + days * kDay;
    JsonObject out = Named(*before);
    out["DeletionDate"] = date.ToEpochSeconds();
    if (days == 0) {
      if (DeleteNow(context.store, *before)) return out;
      continue;
    }
    RequireLive(*before);
    store::Resource secret = *before;
    secret.spec.as_object()["DeletionDate"] = date.milliseconds;
    if (context.store.Update(secret)) return out;
  }
}

Json RestoreSecret(const SecretsContext& context, wire::Call& call) {
  for (;;) {
    store::Resource secret = *SecretIn(context, call);
    secret.spec.as_object().erase("DeletionDate");
    secret.modified = context.clock.Now();
    if (context.store.Update(secret)) return Named(secret);
  }
}

Json TagResource(const SecretsContext& context, wire::Call& call) {
  ChangeSecret(context, call, [&](store::Resource& secret) {
    tagging::Tags tags = tagging::FromList(secret.spec.at("Tags").as_array());
    for (const auto& [key, value] : tagging::FromList(call.input.at("Tags").as_array())) tags[key] = value;
    JsonArray list = tagging::ToList(tags);
    CheckTags(list);
    secret.spec.at("Tags") = std::move(list);
  });
  return {};
}

Json UntagResource(const SecretsContext& context, wire::Call& call) {
  ChangeSecret(context, call, [&](store::Resource& secret) {
    tagging::Tags tags = tagging::FromList(secret.spec.at("Tags").as_array());
    for (const Json& key : call.input.at("TagKeys").as_array()) tags.erase(std::string(key.as_string()));
    secret.spec.at("Tags") = tagging::ToList(tags);
  });
  return {};
}

}  // namespace sagebrush::secrets
