// Key material that is made elsewhere and brought here, wrapped.
#include <fmt/format.h>

#include "keys/import_token.h"
#include "keys/key.h"
#include "keys/key_errors.h"
#include "keys/key_handlers.h"
#include "keys/key_material.h"
#include "keys/key_spec.h"
#include "keys/private_key.h"

namespace sagebrush::keys {
namespace {

constexpr std::chrono::hours kDay{24};
constexpr std::chrono::hours kLongest{365 * 24};
constexpr char kExpires[] = "KEY_MATERIAL_EXPIRES";

void RequireExternal(const store::Resource& key) {
  if (GetString(key.spec, "Origin") == "EXTERNAL") return;
  throw Error(kUnsupported, fmt::format("The material of {} was made here and is not imported: its Origin is {}.",
                                        ArnOf(key.key), GetString(key.spec, "Origin")));
}

bool IsMaterialOf(const KeySpec& spec, std::string_view bytes) {
  if (spec.bytes != 0) return bytes.size() == spec.bytes;
  const auto key = PrivateKey::Parse(bytes, spec);
  return key && key->IsSound();
}

void RefuseNewForms(const Json& input) {
  if (GetString(input, "ImportType") == "NEW_KEY_MATERIAL") {
    throw Error(kUnsupported,
                "The ImportType NEW_KEY_MATERIAL is refused: a key whose material is imported does not "
                "rotate here.");
  }
  if (Find(input, "KeyMaterialDescription") != nullptr)
    throw Error(kUnsupported, "The KeyMaterialDescription is refused: no list of this server shows it.");
}

// Nothing: it does not expire.
std::optional<Time> ExpiryOf(const Json& input, Time now) {
  const std::string model = GetString(input, "ExpirationModel", kExpires);
  const Json* const valid_to = Find(input, "ValidTo");
  if (model != kExpires) {
    if (valid_to != nullptr) throw Error(kValidation, "ValidTo is for the ExpirationModel KEY_MATERIAL_EXPIRES only.");
    return std::nullopt;
  }
  if (valid_to == nullptr) throw Error(kValidation, "The ExpirationModel KEY_MATERIAL_EXPIRES needs ValidTo.");
  const Time time = Time::FromEpochSeconds(valid_to->to_number<double>());
  if (time <= now || now + kLongest < time)
    throw Error(kValidation, "ValidTo must be in the future, by 365 days at most.");
  return time;
}

// A key keeps the material that it once had: what was encrypted with it would not open otherwise.
void SetMaterial(const KeysContext& context, const Json& input, const Secret& bytes, store::Resource& key) {
  JsonObject& spec = key.spec.as_object();
  key.status.at("Materials").as_array().clear();
  AddMaterial(context.server_key, bytes, context.clock.Now(), key);
  const std::string id = GetString(*CurrentMaterial(key), "Id");
  if (GetString(key.spec, "ImportedMaterialId", id) != id || GetString(input, "KeyMaterialId", id) != id) {
    throw Error(kIncorrectMaterial, fmt::format("The key material is not the one that {} had before.", ArnOf(key.key)));
  }
  spec["ImportedMaterialId"] = id;
  spec["ExpirationModel"] = GetString(input, "ExpirationModel", kExpires);
  spec.erase("ValidTo");
  if (const auto expiry = ExpiryOf(input, context.clock.Now())) spec["ValidTo"] = expiry->milliseconds;
}

}  // namespace

Json GetParametersForImport(const KeysContext& context, wire::Call& call) {
  const KeyPointer key = KeyIn(context, call);
  RequireExternal(*key);
  RequireNotPendingDeletion(*key);
  const Time valid_to = context.clock.Now() + kDay;
  ImportParameters made =
      MakeImportToken(context.server_key, ArnOf(key->key), GetString(call.input, "WrappingAlgorithm"),
                      GetString(call.input, "WrappingKeySpec"), valid_to);
  return {{"KeyId", ArnOf(key->key)},
          {"ImportToken", std::move(made.token)},
          {"PublicKey", std::move(made.public_key)},
          {"ParametersValidTo", valid_to.ToEpochSeconds()}};
}

Json ImportKeyMaterial(const KeysContext& context, wire::Call& call) {
  RefuseNewForms(call.input);
  const KeyPointer found = KeyIn(context, call);
  RequireExternal(*found);
  const Secret bytes = UnwrapImport(context.server_key, ArnOf(found->key), GetString(call.input, "ImportToken"),
                                    GetString(call.input, "EncryptedKeyMaterial"), context.clock.Now());
  const KeySpec& spec = SpecOf(found->spec);
  if (!IsMaterialOf(spec, bytes.view())) {
    throw Error(kInvalidCiphertext, fmt::format("What is imported is no key material of the KeySpec {}.", spec.name));
  }
  JsonObject out{{"KeyId", ArnOf(found->key)}};
  ChangeKey(context, call, [&](store::Resource& key) {
    RequireNotPendingDeletion(key);
    SetMaterial(context, call.input, bytes, key);
    out["KeyMaterialId"] = CurrentMaterial(key)->at("Id");
  });
  return out;
}

Json DeleteImportedKeyMaterial(const KeysContext& context, wire::Call& call) {
  JsonObject out;
  ChangeKey(context, call, [&](store::Resource& key) {
    RequireExternal(key);
    RequireNotPendingDeletion(key);
    out = {{"KeyId", ArnOf(key.key)}};
    if (const Json* const material = CurrentMaterial(key)) out["KeyMaterialId"] = material->at("Id");
    DropMaterial(key);
  });
  return out;
}

}  // namespace sagebrush::keys
