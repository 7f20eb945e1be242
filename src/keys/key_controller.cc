#include "keys/key_controller.h"

#include <vector>

#include "base/id.h"
#include "base/log.h"
#include "keys/key.h"
#include "keys/key_material.h"
#include "keys/key_rotation.h"

namespace sagebrush::keys {

KeyController::KeyController(const KeysContext& context) : kind_(kKeyKind), context_(context) {}

std::optional<Seconds> KeyController::Reconcile(const store::Key& name) {
  const auto key = context_.store.Get(name);
  if (key == nullptr) return std::nullopt;
  const Time now = context_.clock.Now();
  if (const auto type = DueRotation(*key, now)) {
    Rotate(*key, *type);
    return std::nullopt;  // Its own change brings the next call.
  }
  const auto next = IsPendingDeletion(*key) ? Time{GetInt(key->spec, "DeletionDate")} : NextRotation(*key);
  if (!next) return std::nullopt;
  if (now < *next) return Seconds(*next - now);
  if (IsPendingDeletion(*key)) Delete(*key);
  return std::nullopt;  // Else it is disabled, and rotates once it is enabled.
}

void KeyController::Rotate(store::Resource key, std::string_view type) {
  const Time now = context_.clock.Now();
  AddMaterial(context_.server_key, Secret(RandomBytes(kSymmetricKeyBytes)), now, key, type);
  if (type == "ON_DEMAND") key.status.as_object()["RotationsDone"] = GetInt(key.spec, "RotationsOnDemand");
  key.modified = now;
  if (context_.store.Update(key)) LogInfo("{} has new material: its rotation was due.", ArnOf(key.key));
}

void KeyController::Delete(const store::Resource& key) {
  std::vector<std::shared_ptr<const store::Resource>> aliases;
  const Grants::List grants = context_.grants.Of(key.key);
  std::vector<store::Write> writes{store::Write::Delete(key)};
  for (const Json& name : AliasesOf(key)) {
    auto alias = context_.store.Get({kAliasKind, key.key.account, key.key.region, std::string(name.as_string())});
    if (alias == nullptr) continue;
    writes.push_back(store::Write::Delete(*alias));
    aliases.push_back(std::move(alias));
  }
  for (const auto& grant : grants) writes.push_back(store::Write::Delete(*grant));
  if (!context_.store.Commit(writes)) {
    LogInfo("{} has been deleted: the time that was set for it has come.", ArnOf(key.key));
  }
}

}  // namespace sagebrush::keys
