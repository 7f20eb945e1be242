#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "events/event_pattern.h"
#include "store/store.h"

namespace sagebrush::events {

// The enabled rules that have a pattern, compiled, as the store has them: a rule counts from the moment when the write
// of it returned. Safe to call from any thread.
class Rules {
 public:
  struct Rule {
    std::shared_ptr<const store::Resource> resource;
    EventPattern pattern;
  };
  using List = std::vector<std::shared_ptr<const Rule>>;

  explicit Rules(store::Store& store);

  // Those of an account and region; nullptr: there are none, so that nobody needs to make an event.
  std::shared_ptr<const List> Of(const std::string& account, const std::string& region) const;

 private:
  // Shared with the store's listener, which may be called longer than this lives.
  struct Table {
    void Follow(const store::Change& change);

    std::mutex mutex;
    // By account and region. A list is replaced, never changed. Guarded by mutex.
    std::map<std::pair<std::string, std::string>, std::shared_ptr<const List>> lists;
  };

  const std::shared_ptr<Table> table_ = std::make_shared<Table>();
};

}  // namespace sagebrush::events
