#include <fmt/format.h>

#include "keys/key.h"
#include "keys/key_errors.h"
#include "keys/key_handlers.h"
#include "keys/key_rotation.h"
#include "keys/paging.h"

namespace sagebrush::keys {
namespace {

constexpr std::int64_t kOnDemandMax = 25;  // KMS's quota for a key's life.
constexpr std::size_t kPageDefault = 100;

void RequireRotatable(const store::Resource& key) {
  const std::string key_spec = GetString(key.spec, "KeySpec");
  const std::string origin = GetString(key.spec, "Origin");
  if (key_spec == kSymmetricDefault && origin == "AWS_KMS") return;
  throw Error(kUnsupported,
              fmt::format("{} does not rotate: it is a {} key of origin {}, and only symmetric encryption "
                          "keys whose material was made here do.",
                          ArnOf(key.key), key_spec, origin));
}

}  // namespace

Json EnableKeyRotation(const KeysContext& context, wire::Call& call) {
  ChangeKey(context, call, [&](store::Resource& key) {
    RequireRotatable(key);
    RequireEnabled(key);
    JsonObject& spec = key.spec.as_object();
    const std::int64_t since = GetInt(key.spec, "Rotation.Since", context.clock.Now().milliseconds);
    const std::int64_t days = GetInt(call.input, "RotationPeriodInDays", kRotationDays);
    spec["Rotation"] = {{"PeriodInDays", days}, {"Since", since}};
  });
  return {};
}

Json DisableKeyRotation(const KeysContext& context, wire::Call& call) {
  ChangeKey(context, call, [&](store::Resource& key) {
    RequireRotatable(key);
    RequireEnabled(key);
    key.spec.as_object().erase("Rotation");
  });
  return {};
}

Json GetKeyRotationStatus(const KeysContext& context, wire::Call& call) {
  const KeyPointer key = KeyIn(context, call);
  RequireRotatable(*key);
  const auto next = IsPendingDeletion(*key) ? std::nullopt : NextRotation(*key);
  JsonObject out{{"KeyId", key->key.name}, {"KeyRotationEnabled", next.has_value()}};
  if (next) {
    out["NextRotationDate"] = next->ToEpochSeconds();
    out["RotationPeriodInDays"] = key->spec.at("Rotation").at("PeriodInDays");
  }
  return out;
}

Json RotateKeyOnDemand(const KeysContext& context, wire::Call& call) {
  std::string id;
  ChangeKey(context, call, [&](store::Resource& key) {
    RequireRotatable(key);
    RequireEnabled(key);
    const std::int64_t asked = GetInt(key.spec, "RotationsOnDemand");
    if (asked > GetInt(key.status, "RotationsDone"))
      throw Error(kConflict, fmt::format("A rotation on demand of {} is in progress.", ArnOf(key.key)));
    if (asked >= kOnDemandMax)
      throw Error(kKeyLimitExceeded, fmt::format("A key rotates on demand at most {} times.", kOnDemandMax));
    key.spec.as_object()["RotationsOnDemand"] = asked + 1;
    id = key.key.name;
  });
  return {{"KeyId", id}};
}

Json ListKeyRotations(const KeysContext& context, wire::Call& call) {
  const KeyPointer key = KeyIn(context, call);
  RequireRotatable(*key);
  const bool with_first = GetString(call.input, "IncludeKeyMaterial") == "ALL_KEY_MATERIAL";
  const JsonArray& materials = key->status.at("Materials").as_array();
  std::vector<ListedItem> items;
  for (std::size_t i = 0; i < materials.size(); ++i) {
    const Json* const type = Find(materials[i], "Type");
    if (type == nullptr && !with_first) continue;
    JsonObject row{{"KeyId", key->key.name},
                   {"KeyMaterialId", materials[i].at("Id")},
                   {"KeyMaterialState", i + 1 == materials.size() ? "CURRENT" : "NON_CURRENT"}};
    if (type != nullptr) {
      row["RotationType"] = *type;
      row["RotationDate"] = Time{GetInt(materials[i], "Created")}.ToEpochSeconds();
    }
    items.push_back({fmt::format("{:08}", i), std::move(row)});
  }
  return PageOf(call, "Rotations", items, kPageDefault);
}

}  // namespace sagebrush::keys
