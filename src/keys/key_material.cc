#include "keys/key_material.h"

#include "base/digest.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/id.h"
#include "keys/key.h"
#include "keys/private_key.h"

namespace sagebrush::keys {
namespace {

const JsonArray& MaterialsOf(const store::Resource& key) { return key.status.at("Materials").as_array(); }

// Material cannot be moved from one key to another.
std::string PurposeOf(const store::Resource& key) { return "kms key " + ArnOf(key.key); }

}  // namespace

void AddMaterial(const identity::ServerKey& server_key, const Secret& bytes, Time now, store::Resource& key,
                 std::string_view type) {
  const auto id = HmacSha256(bytes.view(), "material of " + ArnOf(key.key));
  JsonObject material{{"Id", ToHex(AsText(id))},
                      {"Sealed", ToBase64(server_key.Seal(bytes.view(), PurposeOf(key)))},
                      {"Created", now.milliseconds}};
  if (!type.empty()) material["Type"] = type;
  key.status.at("Materials").as_array().push_back(std::move(material));
}

Secret MakeMaterial(const KeySpec& spec) {
  return spec.bytes != 0 ? Secret(RandomBytes(spec.bytes)) : PrivateKey::Generate(spec).ToDer();
}

void DropMaterial(store::Resource& key) {
  key.status.at("Materials").as_array().clear();
  key.spec.as_object().erase("ValidTo");
}

const Json* CurrentMaterial(const store::Resource& key) {
  const JsonArray& all = MaterialsOf(key);
  return all.empty() ? nullptr : &all.back();
}

const Json* FindMaterial(const store::Resource& key, std::string_view id_prefix) {
  for (const Json& material : MaterialsOf(key)) {
    if (GetString(material, "Id").starts_with(id_prefix)) return &material;
  }
  return nullptr;
}

Secret OpenMaterial(const identity::ServerKey& server_key, const store::Resource& key, const Json& material) {
  std::string sealed;
  auto bytes =
      FromBase64(GetString(material, "Sealed"), sealed) ? server_key.Unseal(sealed, PurposeOf(key)) : std::nullopt;
  if (!bytes) {
    throw Error(kInternalFailure, "The material of " + ArnOf(key.key) +
                                      " was sealed with another server key than that of this data directory, or is "
                                      "damaged: restore the directory from a backup.");
  }
  return Secret(std::move(*bytes));
}

}  // namespace sagebrush::keys
