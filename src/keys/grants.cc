#include "keys/grants.h"

#include "keys/grant.h"

namespace sagebrush::keys {

void Grants::Table::Follow(const store::Change& change) {
  if (change.key().kind != kGrantKind) return;
  const MutexLock lock(mutex);
  if (change.after == nullptr) {
    grants.erase(change.key());
  } else {
    grants[change.key()] = change.after;
  }
}

// Those whose name begins with that of `first`.
Grants::List Grants::Table::From(const store::Key& first) const {
  List list;
  const MutexLock lock(mutex);
  for (auto it = grants.lower_bound(first); it != grants.end(); ++it) {
    const store::Key& key = it->first;
    if (key.account != first.account || key.region != first.region || !key.name.starts_with(first.name)) break;
    list.push_back(it->second);
  }
  return list;
}

Grants::Grants(store::Store& store) {
  store.Subscribe([table = table_](const store::Change& change) { table->Follow(change); });
  for (const auto& grant : store.All(kGrantKind)) {
    const MutexLock lock(table_->mutex);
    table_->grants.try_emplace(grant->key, grant);
  }
}

Grants::List Grants::Of(const store::Key& key) const {
  return table_->From({kGrantKind, key.account, key.region, key.name + "/"});
}

Grants::List Grants::OfRegion(const std::string& account, const std::string& region) const {
  return table_->From({kGrantKind, account, region, ""});
}

}  // namespace sagebrush::keys
