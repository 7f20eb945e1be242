#include "secrets/secret_access.h"

#include <array>

#include <fmt/format.h>

#include "keys/key_lookup.h"

namespace sagebrush::secrets {
namespace {

// Condition keys that are members of the request, under the same name.
constexpr std::array<const char*, 9> kMembers{"Name",
                                              "Description",
                                              "KmsKeyId",
                                              "SecretId",
                                              "VersionId",
                                              "VersionStage",
                                              "RecoveryWindowInDays",
                                              "ForceDeleteWithoutRecovery",
                                              "BlockPublicPolicy"};

JsonObject RequestFacts(const SecretsContext& context, const wire::Call& call) {
  JsonObject facts{{"secretsmanager:SecretPrimaryRegion", call.region}};
  for (const char* member : kMembers) {
    if (const Json* const value = Find(call.input, member)) facts[std::string("secretsmanager:") + member] = *value;
  }
  if (const std::string key = GetString(call.input, "KmsKeyId"); !key.empty())
    facts["secretsmanager:KmsKeyArn"] = keys::KeyArnFor(context.store, call.account(), call.region, key);
  JsonArray keys;
  if (const Json* const tags = Find(call.input, "Tags")) {
    for (const Json& tag : tags->as_array()) {
      facts["aws:RequestTag/" + GetString(tag, "Key")] = GetString(tag, "Value");
      keys.emplace_back(GetString(tag, "Key"));
    }
  }
  if (const Json* const removed = Find(call.input, "TagKeys")) keys = removed->as_array();
  if (!keys.empty()) facts["aws:TagKeys"] = std::move(keys);
  return facts;
}

// Of a secret that is not there: as policies name one whose end they do not know.
std::string ArnFor(const wire::Call& call, const std::string& id) {
  if (id.starts_with("arn:")) return id;
  return fmt::format("arn:aws:secretsmanager:{}:{}:secret:{}-??????", call.region, call.account(), id);
}

}  // namespace

wire::Access SecretAccess(const SecretsContext& context, const wire::Call& call, const std::string& id,
                          std::string_view action) {
  wire::Access access = OtherAccess(context, call, action);
  const auto secret = FindSecret(context.store, call.account(), call.region, id);
  if (secret == nullptr) {
    access.resource = ArnFor(call, id);
    return access;
  }
  access.resource = ArnOf(*secret);
  for (const Json& tag : secret->spec.at("Tags").as_array()) {
    for (const char* family : {"aws:ResourceTag/", "secretsmanager:ResourceTag/"})
      access.context[family + GetString(tag, "Key")] = GetString(tag, "Value");
  }
  if (const std::string policy = GetString(secret->spec, "Policy"); !policy.empty())
    access.resource_policy = ParseStoredJson(policy, "The policy of " + access.resource);
  return access;
}

wire::Access OtherAccess(const SecretsContext& context, const wire::Call& call, std::string_view action) {
  return {std::string(action), "*", RequestFacts(context, call), nullptr};
}

std::span<const std::string_view> SecretKeys() {
  static constexpr std::array<std::string_view, 12> kKeys{"secretsmanager:Name",
                                                          "secretsmanager:Description",
                                                          "secretsmanager:KmsKeyId",
                                                          "secretsmanager:KmsKeyArn",
                                                          "secretsmanager:SecretId",
                                                          "secretsmanager:VersionId",
                                                          "secretsmanager:VersionStage",
                                                          "secretsmanager:RecoveryWindowInDays",
                                                          "secretsmanager:ForceDeleteWithoutRecovery",
                                                          "secretsmanager:BlockPublicPolicy",
                                                          "secretsmanager:ResourceTag/",
                                                          "secretsmanager:SecretPrimaryRegion"};
  return kKeys;
}

}  // namespace sagebrush::secrets
