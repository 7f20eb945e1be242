#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "store/store.h"

namespace sagebrush::keys {

// All grants, in memory, as the store has them: a grant counts from the moment when the write of it returned, and no
// longer when that of its end did. Safe to call from any thread.
class Grants {
 public:
  using List = std::vector<std::shared_ptr<const store::Resource>>;

  // Subscribes to `store`.
  explicit Grants(store::Store& store);

  // In the order of their ids.
  List Of(const store::Key& key) const;
  List OfRegion(const std::string& account, const std::string& region) const;

 private:
  // Shared with the store's listener, which may be called longer than this lives.
  struct Table {
    void Follow(const store::Change& change);
    List From(const store::Key& first) const;

    mutable Mutex mutex;
    std::map<store::Key, std::shared_ptr<const store::Resource>> grants GUARDED_BY(mutex);
  };

  const std::shared_ptr<Table> table_ = std::make_shared<Table>();
};

}  // namespace sagebrush::keys
