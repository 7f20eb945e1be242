#pragma once

#include "base/trouble.h"
#include "store/store.h"

namespace sagebrush::store {

// For tests: a store each of whose calls `trouble` may befall. Both outlive it.
class TroubledStore : public Store {
 public:
  TroubledStore(Store& store, const Trouble& trouble) : store_(store), trouble_(trouble) {}

  std::shared_ptr<const Resource> Get(const Key& key) const override {
    return trouble_.Around([&] { return store_.Get(key); });
  }
  Page List(const ListQuery& query) const override {
    return trouble_.Around([&] { return store_.List(query); });
  }
  std::vector<std::shared_ptr<const Resource>> All(const std::string& kind) const override {
    return trouble_.Around([&] { return store_.All(kind); });
  }
  std::optional<std::size_t> Commit(std::span<const Write> writes) override {
    return trouble_.Around([&] { return store_.Commit(writes); });
  }
  void Subscribe(std::function<void(const Change&)> listener) override { store_.Subscribe(std::move(listener)); }

 private:
  Store& store_;
  const Trouble& trouble_;
};

}  // namespace sagebrush::store
