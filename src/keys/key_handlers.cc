// Keys themselves: made, looked at, switched off and on, deleted.
#include <set>

#include <fmt/format.h>

#include "keys/key.h"
#include "keys/key_access.h"
#include "keys/key_errors.h"
#include "keys/key_handlers.h"
#include "keys/key_material.h"
#include "keys/key_policy.h"
#include "keys/key_spec.h"
#include "keys/managed_keys.h"
#include "keys/paging.h"

namespace sagebrush::keys {
namespace {

constexpr std::size_t kTagsMax = 50;
constexpr int kPageDefault = 100;
constexpr std::int64_t kWindowDays = 30;
constexpr std::chrono::hours kDay{24};

void Refuse(const Json& input, const char* member, const char* reason) {
  if (Find(input, member) != nullptr) throw Error(kUnsupported, fmt::format("The {} is refused: {}.", member, reason));
}

void RefuseStores(const Json& input) {
  const char* const reason = "key material is kept by this server only, in no custom or external key store";
  Refuse(input, "CustomKeyStoreId", reason);
  Refuse(input, "XksKeyId", reason);
  if (const std::string origin = GetString(input, "Origin", "AWS_KMS"); origin != "AWS_KMS" && origin != "EXTERNAL")
    throw Error(kUnsupported, fmt::format("The Origin {} is refused: {}.", origin, reason));
  if (GetBool(input, "MultiRegion")) {
    throw Error(kUnsupported,
                "A MultiRegion key is refused: the regions of this server are names on one machine, so that there is "
                "nowhere to copy a key to.");
  }
}

// Under its newer name or its older one.
std::string KeySpecIn(const Json& input) {
  if (Find(input, "KeySpec") != nullptr && Find(input, "CustomerMasterKeySpec") != nullptr) {
    throw Error(kValidation,
                "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. "
                "CustomerMasterKeySpec is deprecated.");
  }
  return GetString(input, "KeySpec", GetString(input, "CustomerMasterKeySpec", kSymmetricDefault));
}

[[noreturn]] void RefuseSpec(const KeyForm& form) {
  if (FindKeySpec(form.key_spec) == nullptr)
    throw Error(kUnsupported, fmt::format("The KeySpec {} is not built in this server.", form.key_spec));
  throw Error(kValidation, fmt::format("The operation failed because the KeyUsage value of the KMS key is {}, which is "
                                       "not compatible with key spec {}.",
                                       form.key_usage, form.key_spec));
}

KeyForm FormOf(const wire::Call& call) {
  KeyForm form;
  form.key_spec = KeySpecIn(call.input);
  form.key_usage = GetString(call.input, "KeyUsage", form.key_spec == kSymmetricDefault ? kEncryptDecrypt : "");
  form.description = GetString(call.input, "Description");
  form.origin = GetString(call.input, "Origin", "AWS_KMS");
  if (form.key_usage.empty()) {
    throw Error(kValidation,
                "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.");
  }
  if (FindKeySpec(form.key_spec, form.key_usage) == nullptr) RefuseSpec(form);
  if (const Json* const tags = Find(call.input, "Tags")) {
    CheckTags(tags->as_array());
    form.tags = tags->as_array();
  }
  return form;
}

Json SetEnabled(const KeysContext& context, const wire::Call& call, bool enabled) {
  ChangeKey(context, call, [&](store::Resource& key) {
    RequireNotPendingDeletion(key);
    if (StateOf(key) == "PendingImport") throw Error(kKeyState, ArnOf(key.key) + " is pending import.");
    key.spec.at("Enabled") = enabled;
  });
  return {};
}

}  // namespace

KeyPointer KeyIn(const KeysContext& context, const wire::Call& call, KeyNames names) {
  return FindKey(context, call, GetString(call.input, "KeyId"), names);
}

void ChangeKey(const KeysContext& context, const wire::Call& call,
               const std::function<void(store::Resource&)>& change) {
  for (;;) {
    store::Resource key = *KeyIn(context, call);
    change(key);
    key.modified = context.clock.Now();
    if (context.store.Update(key)) return;
  }
}

void EndDryRun(const Json& input) {
  if (GetBool(input, "DryRun")) throw Error(kDryRun, "The request would have succeeded, but the DryRun option is set.");
}

void RefuseRecipient(const Json& input) {
  if (Find(input, "Recipient") == nullptr) return;
  throw Error(kUnsupported, "The Recipient is refused: no Nitro enclave or TPM attests itself to this server.");
}

void CheckTags(const JsonArray& tags) {
  std::set<std::string> keys;
  for (const Json& tag : tags) {
    const std::string key = GetString(tag, "TagKey");
    if (key.starts_with("aws:"))
      throw Error(kTag, fmt::format("The tag key {} is reserved: it begins with aws:.", key));
    if (!keys.insert(key).second) throw Error(kTag, fmt::format("The tag key {} comes twice.", key));
  }
  if (tags.size() > kTagsMax) throw Error(kKeyLimitExceeded, fmt::format("A key has at most {} tags.", kTagsMax));
}

Json CreateKey(const KeysContext& context, wire::Call& call) {
  RefuseStores(call.input);
  store::Resource key = NewKey(call.account(), call.region, FormOf(call), context.clock.Now());
  SetPolicy(context, call, GetString(call.input, "Policy", DefaultPolicy(call.account())), key);
  if (GetString(key.spec, "Origin") != "EXTERNAL")
    AddMaterial(context.server_key, MakeMaterial(SpecOf(key.spec)), key.created, key);
  context.store.Insert(key);
  return {{"KeyMetadata", MetadataOf(key)}};
}

Json DescribeKey(const KeysContext& context, wire::Call& call) {
  return {{"KeyMetadata", MetadataOf(*UseKey(context, call, GetString(call.input, "KeyId"), "kms:DescribeKey"))}};
}

Json ListKeys(const KeysContext& context, wire::Call& call) {
  const store::Page page = PageOf(context.store, call, kKeyKind, kPageDefault);
  JsonArray keys;
  for (const auto& key : page.resources) keys.push_back({{"KeyId", key->key.name}, {"KeyArn", ArnOf(key->key)}});
  JsonObject out{{"Keys", std::move(keys)}, {"Truncated", !page.next_token.empty()}};
  if (!page.next_token.empty()) out["NextMarker"] = page.next_token;
  return out;
}

Json EnableKey(const KeysContext& context, wire::Call& call) { return SetEnabled(context, call, true); }
Json DisableKey(const KeysContext& context, wire::Call& call) { return SetEnabled(context, call, false); }

Json ScheduleKeyDeletion(const KeysContext& context, wire::Call& call) {
  const std::int64_t days = GetInt(call.input, "PendingWindowInDays", kWindowDays);
  if (days < 7 || days > 30) {
    throw Error(kValidation, fmt::format("PendingWindowInDays {} is refused: it must be between 7 and 30.", days));
  }
  JsonObject out;
  ChangeKey(context, call, [&](store::Resource& key) {
    RequireNotPendingDeletion(key);
    const Time date = context.clock.Now() + days * kDay;
    key.spec.as_object()["DeletionDate"] = date.milliseconds;
    out = {{"KeyId", ArnOf(key.key)},
           {"DeletionDate", date.ToEpochSeconds()},
           {"KeyState", StateOf(key)},
           {"PendingWindowInDays", days}};
  });
  return out;
}

Json CancelKeyDeletion(const KeysContext& context, wire::Call& call) {
  std::string arn;
  ChangeKey(context, call, [&](store::Resource& key) {
    arn = ArnOf(key.key);
    if (!IsPendingDeletion(key)) throw Error(kKeyState, arn + " is not pending deletion.");
    key.spec.as_object().erase("DeletionDate");
    key.spec.at("Enabled") = false;  // As AWS does it: whoever wants to use it again says so.
  });
  return {{"KeyId", arn}};
}

Json UpdateKeyDescription(const KeysContext& context, wire::Call& call) {
  ChangeKey(context, call, [&](store::Resource& key) {
    RequireNotPendingDeletion(key);
    key.spec.at("Description") = call.input.at("Description");
  });
  return {};
}

}  // namespace sagebrush::keys
