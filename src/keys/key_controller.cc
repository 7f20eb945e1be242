#include "keys/key_controller.h"

#include <vector>

#include "base/log.h"
#include "keys/key.h"

namespace sagebrush::keys {

KeyController::KeyController(const KeysContext& context) : kind_(kKeyKind), context_(context) {}

std::optional<Seconds> KeyController::Reconcile(const store::Key& name) {
  const auto key = context_.store.Get(name);
  if (key == nullptr || !IsPendingDeletion(*key)) return std::nullopt;
  const Time date{GetInt(key->spec, "DeletionDate")};
  if (const Time now = context_.clock.Now(); now < date) return Seconds(date - now);
  Delete(*key);
  return std::nullopt;
}

void KeyController::Delete(const store::Resource& key) {
  std::vector<std::shared_ptr<const store::Resource>> aliases;
  std::vector<store::Write> writes{store::Write::Delete(key)};
  for (const Json& name : AliasesOf(key)) {
    auto alias = context_.store.Get({kAliasKind, key.key.account, key.key.region, std::string(name.as_string())});
    if (alias == nullptr) continue;
    writes.push_back(store::Write::Delete(*alias));
    aliases.push_back(std::move(alias));
  }
  if (!context_.store.Commit(writes)) {
    LogInfo("{} has been deleted: the time that was set for it has come.", ArnOf(key.key));
  }
}

}  // namespace sagebrush::keys
