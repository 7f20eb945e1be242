#include "keys/key_access.h"

#include <array>

#include "keys/key.h"
#include "keys/managed_keys.h"

namespace sagebrush::keys {
namespace {

// A condition key that is a member of the request, of the actions that begin so.
struct MemberKey {
  std::string_view action;
  std::string_view key;
  const char* member;
  const char* otherwise;  // What a request means that leaves it out; nullptr: the key is absent then.
};
constexpr std::array<MemberKey, 11> kMemberKeys{{
    {"kms:CreateKey", "kms:KeySpec", "KeySpec", kSymmetricDefault},
    {"kms:CreateKey", "kms:CustomerMasterKeySpec", "KeySpec", kSymmetricDefault},
    {"kms:CreateKey", "kms:KeyUsage", "KeyUsage", kEncryptDecrypt},
    {"kms:CreateKey", "kms:CustomerMasterKeyUsage", "KeyUsage", kEncryptDecrypt},
    {"kms:CreateKey", "kms:KeyOrigin", "Origin", "AWS_KMS"},
    {"kms:CreateKey", "kms:BypassPolicyLockoutSafetyCheck", "BypassPolicyLockoutSafetyCheck", "false"},
    {"kms:PutKeyPolicy", "kms:BypassPolicyLockoutSafetyCheck", "BypassPolicyLockoutSafetyCheck", "false"},
    {"kms:Encrypt", "kms:EncryptionAlgorithm", "EncryptionAlgorithm", kSymmetricDefault},
    {"kms:Decrypt", "kms:EncryptionAlgorithm", "EncryptionAlgorithm", kSymmetricDefault},
    {"kms:GenerateDataKey", "kms:EncryptionAlgorithm", "EncryptionAlgorithm", kSymmetricDefault},
    {"kms:ScheduleKeyDeletion", "kms:ScheduleKeyDeletionPendingWindowInDays", "PendingWindowInDays", "30"},
}};

// Which of the two that a ReEncrypt has: "Source", "Destination", or neither.
std::string SideOf(std::string_view action) {
  if (action == "kms:ReEncryptFrom") return "Source";
  return action == "kms:ReEncryptTo" ? "Destination" : "";
}

void AddEncryptionContext(const Json* context, JsonObject& facts) {
  if (context == nullptr) return;
  JsonArray keys;
  for (const auto& [key, value] : context->as_object()) {
    facts["kms:EncryptionContext:" + std::string(key)] = value;
    keys.emplace_back(key);
  }
  if (!keys.empty()) facts["kms:EncryptionContextKeys"] = std::move(keys);
}

void AddTagFacts(const Json& input, JsonObject& facts) {
  JsonArray keys;
  if (const Json* const tags = Find(input, "Tags")) {
    for (const Json& tag : tags->as_array()) {
      facts["aws:RequestTag/" + GetString(tag, "TagKey")] = GetString(tag, "TagValue");
      keys.emplace_back(GetString(tag, "TagKey"));
    }
  }
  if (const Json* const removed = Find(input, "TagKeys")) keys = removed->as_array();
  if (!keys.empty()) facts["aws:TagKeys"] = std::move(keys);
}

JsonObject RequestFacts(const wire::Call& call, std::string_view action) {
  JsonObject facts{{"kms:CallerAccount", call.account()}};
  if (!call.principal.via_service.empty()) facts["kms:ViaService"] = call.principal.via_service;
  for (const auto& [begin, key, member, otherwise] : kMemberKeys) {
    if (!action.starts_with(begin)) continue;
    const Json* const value = Find(call.input, member);
    if (value != nullptr) facts[key] = *value;
    if (value == nullptr && otherwise != nullptr) facts[key] = otherwise;
  }
  const std::string side = SideOf(action);
  if (!side.empty())
    facts["kms:EncryptionAlgorithm"] = GetString(call.input, side + "EncryptionAlgorithm", kSymmetricDefault);
  AddEncryptionContext(Find(call.input, side + "EncryptionContext"), facts);
  AddTagFacts(call.input, facts);
  return facts;
}

void AddKeyFacts(const store::Resource& key, JsonObject& facts) {
  for (const char* fact : {"kms:KeySpec", "kms:CustomerMasterKeySpec"}) facts[fact] = key.spec.at("KeySpec");
  for (const char* fact : {"kms:KeyUsage", "kms:CustomerMasterKeyUsage"}) facts[fact] = key.spec.at("KeyUsage");
  facts["kms:KeyOrigin"] = key.spec.at("Origin");
  facts["kms:MultiRegion"] = "false";
  if (!AliasesOf(key).empty()) facts["kms:ResourceAliases"] = AliasesOf(key);
  for (const Json& tag : TagsOf(key)) facts["aws:ResourceTag/" + GetString(tag, "TagKey")] = GetString(tag, "TagValue");
}

}  // namespace

wire::Access OtherAccess(const wire::Call& call, std::string resource, std::string_view action) {
  return {std::string(action), std::move(resource), RequestFacts(call, action), nullptr};
}

wire::Access KeyAccess(const wire::Call& call, const store::Resource& key, std::string_view action,
                       std::string_view name) {
  JsonObject facts = RequestFacts(call, action);
  AddKeyFacts(key, facts);
  if (std::string alias = AliasIn(name); !alias.empty()) facts["kms:RequestAlias"] = std::move(alias);
  return {.action = std::string(action),
          .resource = ArnOf(key.key),
          .context = std::move(facts),
          .resource_policy = ParseStoredJson(GetString(key.spec, "Policy"), "The policy of " + ArnOf(key.key)),
          .resource_policy_governs = true};
}

std::vector<wire::Access> ReEncryptAccesses(const wire::Call& call, const NamedKey& source,
                                            const NamedKey& destination) {
  std::vector<wire::Access> accesses{KeyAccess(call, *source.key, "kms:ReEncryptFrom", source.name),
                                     KeyAccess(call, *destination.key, "kms:ReEncryptTo", destination.name)};
  const char* const same = source.key->key == destination.key->key ? "true" : "false";
  for (wire::Access& access : accesses) access.context["kms:ReEncryptOnSameKey"] = same;
  return accesses;
}

KeyPointer UseKey(const KeysContext& context, const wire::Call& call, const std::string& name,
                  std::string_view action) {
  KeyPointer key = FindKey(context, call, name, KeyNames::kAlsoAlias);
  if (AliasIn(name).empty()) return key;
  context.authorizer.Check(call, {KeyAccess(call, *key, action, name)});
  return KeptKey(context, std::move(key));
}

std::span<const std::string_view> KmsKeys() {
  static constexpr std::array<std::string_view, 16> kKeys{"kms:KeySpec",
                                                          "kms:CustomerMasterKeySpec",
                                                          "kms:CustomerMasterKeyUsage",
                                                          "kms:KeyUsage",
                                                          "kms:KeyOrigin",
                                                          "kms:EncryptionAlgorithm",
                                                          "kms:ScheduleKeyDeletionPendingWindowInDays",
                                                          "kms:BypassPolicyLockoutSafetyCheck",
                                                          "kms:EncryptionContext:",
                                                          "kms:EncryptionContextKeys",
                                                          "kms:CallerAccount",
                                                          "kms:ViaService",
                                                          "kms:MultiRegion",
                                                          "kms:ResourceAliases",
                                                          "kms:RequestAlias",
                                                          "kms:ReEncryptOnSameKey"};
  return kKeys;
}

}  // namespace sagebrush::keys
