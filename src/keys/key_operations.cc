#include "keys/key_operations.h"

#include <fmt/format.h>

#include "keys/grant_token.h"
#include "keys/key.h"
#include "keys/key_access.h"
#include "keys/key_errors.h"
#include "keys/key_handlers.h"
#include "wire/model.h"

namespace sagebrush::keys {
namespace {

using Function = Json (*)(const KeysContext&, wire::Call&);
using Rule = std::vector<wire::Access> (*)(const KeysContext&, const wire::Call&);

std::string ActionOf(const wire::Call& call) { return "kms:" + std::string(call.operation.name); }

std::vector<wire::Access> OnNothing(const KeysContext&, const wire::Call& call) {
  return {OtherAccess(call, "*", ActionOf(call))};
}

std::vector<wire::Access> OnKey(const KeysContext& context, const wire::Call& call) {
  const std::string name = GetString(call.input, "KeyId");
  return {KeyAccess(context, call, *FindKey(context, call, name, KeyNames::kAlsoAlias), ActionOf(call), name)};
}

// With tags of its own a new key needs the right to tag, too.
std::vector<wire::Access> OnNewKey(const KeysContext&, const wire::Call& call) {
  std::vector<wire::Access> accesses{OtherAccess(call, "*", ActionOf(call))};
  if (Find(call.input, "Tags") != nullptr) {
    accesses.push_back(
        OtherAccess(call, fmt::format("arn:aws:kms:{}:{}:key/*", call.region, call.account()), "kms:TagResource"));
  }
  return accesses;
}

// An alias needs the right to itself, to the key that it has, and to the one that it is to have.
std::vector<wire::Access> OnAlias(const KeysContext& context, const wire::Call& call) {
  const store::Key alias{kAliasKind, call.account(), call.region, GetString(call.input, "AliasName")};
  std::vector<wire::Access> accesses{OtherAccess(call, ArnOf(alias), ActionOf(call))};
  const auto add = [&](const std::string& key) {
    accesses.push_back(KeyAccess(context, call, *FindKey(context, call, key, KeyNames::kIdOrArn), ActionOf(call)));
  };
  if (const auto known = context.store.Get(alias)) add(GetString(known->spec, "TargetKeyId"));
  if (const std::string target = GetString(call.input, "TargetKeyId"); !target.empty()) add(target);
  return accesses;
}

std::vector<wire::Access> OnDecrypt(const KeysContext& context, const wire::Call& call) {
  const std::string name = GetString(call.input, "KeyId");
  return {KeyAccess(context, call, *OpeningKey(context, call, name), "kms:Decrypt", name)};
}

std::vector<wire::Access> OnReEncrypt(const KeysContext& context, const wire::Call& call) {
  const std::string source = GetString(call.input, "SourceKeyId");
  const std::string destination = GetString(call.input, "DestinationKeyId");
  return ReEncryptAccesses(context, call, {OpeningKey(context, call, source), source},
                           {FindKey(context, call, destination, KeyNames::kAlsoAlias), destination});
}

void CheckGrantTokens(const KeysContext& context, const Json& input) {
  const Json* const tokens = Find(input, "GrantTokens");
  if (tokens == nullptr) return;
  for (const Json& token : tokens->as_array()) GrantOfToken(context.server_key, std::string_view(token.as_string()));
}

struct Row {
  const char* name;
  Function function;
  Rule rule;
};

constexpr Row kRows[] = {
    {"CreateKey", CreateKey, OnNewKey},
    {"DescribeKey", DescribeKey, OnKey},
    {"ListKeys", ListKeys, OnNothing},
    {"EnableKey", EnableKey, OnKey},
    {"DisableKey", DisableKey, OnKey},
    {"ScheduleKeyDeletion", ScheduleKeyDeletion, OnKey},
    {"CancelKeyDeletion", CancelKeyDeletion, OnKey},
    {"UpdateKeyDescription", UpdateKeyDescription, OnKey},
    {"Sign", Sign, OnKey},
    {"Verify", Verify, OnKey},
    {"GetPublicKey", GetPublicKey, OnKey},
    {"GenerateMac", GenerateMac, OnKey},
    {"VerifyMac", VerifyMac, OnKey},
    {"DeriveSharedSecret", DeriveSharedSecret, OnKey},
    {"GenerateDataKeyPair", GenerateDataKeyPair, OnKey},
    {"GenerateDataKeyPairWithoutPlaintext", GenerateDataKeyPairWithoutPlaintext, OnKey},
    {"GetParametersForImport", GetParametersForImport, OnKey},
    {"ImportKeyMaterial", ImportKeyMaterial, OnKey},
    {"DeleteImportedKeyMaterial", DeleteImportedKeyMaterial, OnKey},
    {"PutKeyPolicy", PutKeyPolicy, OnKey},
    {"GetKeyPolicy", GetKeyPolicy, OnKey},
    {"ListKeyPolicies", ListKeyPolicies, OnKey},
    {"CreateGrant", CreateGrant, OnKey},
    {"ListGrants", ListGrants, OnKey},
    {"ListRetirableGrants", ListRetirableGrants, OnNothing},
    {"RetireGrant", RetireGrant, OnRetiredGrant},
    {"RevokeGrant", RevokeGrant, OnKey},
    {"TagResource", TagResource, OnKey},
    {"UntagResource", UntagResource, OnKey},
    {"ListResourceTags", ListResourceTags, OnKey},
    {"EnableKeyRotation", EnableKeyRotation, OnKey},
    {"DisableKeyRotation", DisableKeyRotation, OnKey},
    {"GetKeyRotationStatus", GetKeyRotationStatus, OnKey},
    {"RotateKeyOnDemand", RotateKeyOnDemand, OnKey},
    {"ListKeyRotations", ListKeyRotations, OnKey},
    {"CreateAlias", CreateAlias, OnAlias},
    {"UpdateAlias", UpdateAlias, OnAlias},
    {"DeleteAlias", DeleteAlias, OnAlias},
    {"ListAliases", ListAliases, OnNothing},
    {"Encrypt", Encrypt, OnKey},
    {"Decrypt", Decrypt, OnDecrypt},
    {"ReEncrypt", ReEncrypt, OnReEncrypt},
    {"GenerateDataKey", GenerateDataKey, OnKey},
    {"GenerateDataKeyWithoutPlaintext", GenerateDataKeyWithoutPlaintext, OnKey},
    {"GenerateRandom", GenerateRandom, OnNothing},
};

}  // namespace

void AddKmsOperations(wire::OperationTable& table, const KeysContext& context) {
  for (const auto& [name, function, rule] : kRows) {
    table.Add("kms", name,
              {.handler = [context, function](wire::Call& call) { return function(context, call); },
               .access =
                   [context, rule](const wire::Call& call) {
                     CheckGrantTokens(context, call.input);
                     return rule(context, call);
                   }});
  }
}

}  // namespace sagebrush::keys
