#include "keys/key_access.h"

#include <algorithm>
#include <array>

#include "identity/principal_pattern.h"
#include "keys/encryption_context.h"
#include "keys/grant.h"
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
constexpr std::array<MemberKey, 25> kMemberKeys{{
    {"kms:Sign", "kms:SigningAlgorithm", "SigningAlgorithm", nullptr},
    {"kms:Sign", "kms:MessageType", "MessageType", "RAW"},
    {"kms:Verify", "kms:SigningAlgorithm", "SigningAlgorithm", nullptr},
    {"kms:Verify", "kms:MessageType", "MessageType", "RAW"},
    {"kms:GenerateMac", "kms:MacAlgorithm", "MacAlgorithm", nullptr},
    {"kms:VerifyMac", "kms:MacAlgorithm", "MacAlgorithm", nullptr},
    {"kms:DeriveSharedSecret", "kms:KeyAgreementAlgorithm", "KeyAgreementAlgorithm", nullptr},
    {"kms:GenerateDataKeyPair", "kms:DataKeyPairSpec", "KeyPairSpec", nullptr},
    {"kms:GetParametersForImport", "kms:WrappingAlgorithm", "WrappingAlgorithm", nullptr},
    {"kms:GetParametersForImport", "kms:WrappingKeySpec", "WrappingKeySpec", nullptr},
    {"kms:CreateGrant", "kms:GranteePrincipal", "GranteePrincipal", nullptr},
    {"kms:CreateGrant", "kms:RetiringPrincipal", "RetiringPrincipal", nullptr},
    {"kms:CreateGrant", "kms:GrantOperations", "Operations", nullptr},
    {"kms:EnableKeyRotation", "kms:RotationPeriodInDays", "RotationPeriodInDays", "365"},

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

void AddGrantFacts(const wire::Call& call, JsonObject& facts) {
  facts["kms:GrantIsForAWSResource"] = call.principal.via_service.empty() ? "false" : "true";
  for (const char* type : {"EncryptionContextEquals", "EncryptionContextSubset"}) {
    if (Find(call.input, std::string("Constraints.") + type) != nullptr) facts["kms:GrantConstraintType"] = type;
  }
}

void AddImportFacts(const Json& input, JsonObject& facts) {
  facts["kms:ExpirationModel"] = GetString(input, "ExpirationModel", "KEY_MATERIAL_EXPIRES");
  if (const Json* const valid_to = Find(input, "ValidTo"))
    facts["kms:ValidTo"] = ToIso8601(Time::FromEpochSeconds(valid_to->to_number<double>()));
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
  AddEncryptionContext(EncryptionContextIn(call.input, action), facts);
  AddTagFacts(call.input, facts);
  if (action.ends_with("Grant") || action.ends_with("Grants")) AddGrantFacts(call, facts);
  if (action == "kms:ImportKeyMaterial") AddImportFacts(call.input, facts);
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

// False: the caller is surely not the user or role that `principal`, of a kept policy, names. A key may have thousands
// of grants: those of others are left out of what is evaluated.
bool MayBe(const wire::Principal& caller, const Json& principal) {
  const std::string name = GetString(principal, "AWS");
  return !identity::IsPrincipalId(name) || caller.user_id.substr(0, caller.user_id.find(':')) == name;
}

void AddStatement(Json statement, wire::Access& access) {
  Json& statements = access.resource_policy.at("Statement");
  if (!statements.is_array()) statements = JsonArray{Json(statements)};
  statements.as_array().push_back(std::move(statement));
}

}  // namespace

wire::Access OtherAccess(const wire::Call& call, std::string resource, std::string_view action) {
  return {std::string(action), std::move(resource), RequestFacts(call, action), nullptr};
}

wire::Access KeyAccess(const KeysContext& context, const wire::Call& call, const store::Resource& key,
                       std::string_view action, std::string_view name) {
  JsonObject facts = RequestFacts(call, action);
  AddKeyFacts(key, facts);
  if (std::string alias = AliasIn(name); !alias.empty()) facts["kms:RequestAlias"] = std::move(alias);
  wire::Access access{
      .action = std::string(action),
      .resource = ArnOf(key.key),
      .context = std::move(facts),
      .resource_policy = ParseStoredJson(GetString(key.spec, "Policy"), "The policy of " + ArnOf(key.key)),
      .resource_policy_governs = true};
  for (const auto& grant : context.grants.Of(key.key)) {
    if (MayBe(call.principal, grant->spec.at("Grantee")) && Covers(*grant, action, call.input))
      AddStatement(StatementFor(grant->spec.at("Grantee"), action), access);
  }
  return access;
}

wire::Access RetireAccess(const KeysContext& context, const wire::Call& call, const store::Resource& key,
                          const store::Resource& grant) {
  constexpr std::string_view kAction = "kms:RetireGrant";
  wire::Access access = KeyAccess(context, call, key, kAction);
  if (const Json* const retiring = Find(grant.spec, "Retiring")) AddStatement(StatementFor(*retiring, kAction), access);
  if (std::ranges::find(grant.spec.at("Operations").as_array(), Json("RetireGrant")) !=
      grant.spec.at("Operations").as_array().end())
    AddStatement(StatementFor(grant.spec.at("Grantee"), kAction), access);
  return access;
}

std::vector<wire::Access> ReEncryptAccesses(const KeysContext& context, const wire::Call& call, const NamedKey& source,
                                            const NamedKey& destination) {
  std::vector<wire::Access> accesses{KeyAccess(context, call, *source.key, "kms:ReEncryptFrom", source.name),
                                     KeyAccess(context, call, *destination.key, "kms:ReEncryptTo", destination.name)};
  const char* const same = source.key->key == destination.key->key ? "true" : "false";
  for (wire::Access& access : accesses) access.context["kms:ReEncryptOnSameKey"] = same;
  return accesses;
}

KeyPointer UseKey(const KeysContext& context, const wire::Call& call, const std::string& name,
                  std::string_view action) {
  KeyPointer key = FindKey(context, call, name, KeyNames::kAlsoAlias);
  if (AliasIn(name).empty()) return key;
  context.authorizer.Check(call, {KeyAccess(context, call, *key, action, name)});
  return KeptKey(context, std::move(key));
}

std::span<const std::string_view> KmsKeys() {
  static constexpr std::array<std::string_view, 31> kKeys{"kms:KeySpec",
                                                          "kms:SigningAlgorithm",
                                                          "kms:MessageType",
                                                          "kms:MacAlgorithm",
                                                          "kms:KeyAgreementAlgorithm",
                                                          "kms:DataKeyPairSpec",
                                                          "kms:WrappingAlgorithm",
                                                          "kms:WrappingKeySpec",
                                                          "kms:ExpirationModel",
                                                          "kms:ValidTo",
                                                          "kms:GranteePrincipal",
                                                          "kms:RetiringPrincipal",
                                                          "kms:GrantOperations",
                                                          "kms:GrantConstraintType",
                                                          "kms:GrantIsForAWSResource",
                                                          "kms:RotationPeriodInDays",
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
