#include "keys/key.h"

#include <fmt/format.h>

#include "base/arn.h"
#include "base/id.h"
#include "keys/key_errors.h"
#include "keys/key_material.h"
#include "keys/key_spec.h"

namespace sagebrush::keys {
namespace {

const JsonArray& ListIn(const store::Resource& key, const char* member) {
  static const JsonArray none;
  const Json* const list = Find(key.spec, member);
  return list == nullptr ? none : list->as_array();
}

}  // namespace

store::Resource NewKey(const std::string& account, const std::string& region, const KeyForm& form, Time now) {
  store::Resource key;
  key.key = {kKeyKind, account, region, NewUuid()};
  key.spec = {{"KeySpec", form.key_spec},   {"KeyUsage", form.key_usage},      {"Origin", form.origin},
              {"KeyManager", form.manager}, {"Description", form.description}, {"Policy", form.policy},
              {"Tags", form.tags},          {"Aliases", JsonArray()},          {"Enabled", true}};
  key.status = {{"Materials", JsonArray()}};
  key.created = key.modified = now;
  return key;
}

std::string ArnOf(const store::Key& key) {
  const std::string resource = key.kind == kAliasKind ? key.name : "key/" + key.name;
  return Arn{.service = "kms", .region = key.region, .account = key.account, .resource = resource}.ToString();
}

const JsonArray& TagsOf(const store::Resource& key) { return ListIn(key, "Tags"); }
const JsonArray& AliasesOf(const store::Resource& key) { return ListIn(key, "Aliases"); }

bool IsPendingDeletion(const store::Resource& key) { return Find(key.spec, "DeletionDate") != nullptr; }

std::string_view StateOf(const store::Resource& key) {
  if (IsPendingDeletion(key)) return "PendingDeletion";
  if (CurrentMaterial(key) == nullptr && GetString(key.spec, "Origin") == "EXTERNAL") return "PendingImport";
  return GetBool(key.spec, "Enabled") ? "Enabled" : "Disabled";
}

void RequireNotPendingDeletion(const store::Resource& key) {
  if (IsPendingDeletion(key)) throw Error(kKeyState, ArnOf(key.key) + " is pending deletion.");
}

void RequireEnabled(const store::Resource& key) {
  RequireNotPendingDeletion(key);
  if (StateOf(key) == "PendingImport") throw Error(kKeyState, ArnOf(key.key) + " is pending import.");
  if (!GetBool(key.spec, "Enabled")) throw Error(kKeyDisabled, ArnOf(key.key) + " is disabled.");
}

JsonObject MetadataOf(const store::Resource& key) {
  const KeySpec& spec = SpecOf(key.spec);
  JsonObject out{{"AWSAccountId", key.key.account},
                 {"KeyId", key.key.name},
                 {"Arn", ArnOf(key.key)},
                 {"CreationDate", key.created.ToEpochSeconds()},
                 {"Enabled", StateOf(key) == "Enabled"},
                 {"Description", GetString(key.spec, "Description")},
                 {"KeyUsage", GetString(key.spec, "KeyUsage")},
                 {"KeyState", StateOf(key)},
                 {"Origin", GetString(key.spec, "Origin")},
                 {"KeyManager", GetString(key.spec, "KeyManager")},
                 {"CustomerMasterKeySpec", spec.name},
                 {"KeySpec", spec.name},
                 {spec.algorithms_member, JsonArray(spec.algorithms.begin(), spec.algorithms.end())},
                 {"MultiRegion", false}};
  if (const Json* const date = Find(key.spec, "DeletionDate"))
    out["DeletionDate"] = Time{date->as_int64()}.ToEpochSeconds();
  if (const Json* const material = CurrentMaterial(key); material != nullptr && spec.name == kSymmetricDefault)
    out["CurrentKeyMaterialId"] = material->at("Id");
  if (const Json* const model = Find(key.spec, "ExpirationModel"); model != nullptr && CurrentMaterial(key) != nullptr)
    out["ExpirationModel"] = *model;
  if (const Json* const valid_to = Find(key.spec, "ValidTo"))
    out["ValidTo"] = Time{valid_to->as_int64()}.ToEpochSeconds();
  return out;
}

}  // namespace sagebrush::keys
