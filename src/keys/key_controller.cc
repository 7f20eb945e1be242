#include "keys/key_controller.h"

#include <vector>

#include "base/log.h"
#include "keys/key.h"
#include "keys/key_material.h"
#include "keys/key_rotation.h"

namespace sagebrush::keys {

namespace {

// When there is something to do for a key for which nothing is due by an operation.
std::optional<Time> NextMoment(const store::Resource& key) {
  for (const char* member : {"DeletionDate", "ValidTo"}) {
    if (const Json* const moment = Find(key.spec, member)) return Time{moment->as_int64()};
  }
  return NextRotation(key);
}

}  // namespace

KeyController::KeyController(const KeysContext& context) : kind_(kKeyKind), context_(context) {}

std::optional<Seconds> KeyController::Reconcile(const store::Key& name) {
  const auto key = context_.store.Get(name);
  if (key == nullptr) return std::nullopt;
  const Time now = context_.clock.Now();
  if (const auto type = DueRotation(*key, now)) {
    Rotate(*key, *type);
    return std::nullopt;  // Its own change brings the next call.
  }
  const auto next = NextMoment(*key);
  if (!next) return std::nullopt;
  if (now < *next) return Seconds(*next - now);
  if (IsPendingDeletion(*key)) {
    Delete(*key);
  } else if (Find(key->spec, "ValidTo") != nullptr) {
    Expire(*key);
  }
  return std::nullopt;  // Else it is disabled, and rotates once it is enabled.
}

void KeyController::Rotate(store::Resource key, std::string_view type) {
  const Time now = context_.clock.Now();
  AddMaterial(context_.server_key, MakeMaterial(SpecOf(key.spec)), now, key, type);
  if (type == "ON_DEMAND") key.status.as_object()["RotationsDone"] = GetInt(key.spec, "RotationsOnDemand");
  key.modified = now;
  if (context_.store.Update(key)) LogInfo("{} has new material: its rotation was due.", ArnOf(key.key));
}

void KeyController::Expire(store::Resource key) {
  DropMaterial(key);
  key.modified = context_.clock.Now();
  if (context_.store.Update(key)) LogInfo("The material of {} has expired and is deleted.", ArnOf(key.key));
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
