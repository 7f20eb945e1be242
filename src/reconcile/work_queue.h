#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "store/resource_cache.h"
#include "store/store.h"

namespace sagebrush::reconcile {

// A moment that the wall clock's jumps do not move.
using Moment = std::chrono::steady_clock::time_point;

// Keys that wait to be reconciled, each at most once, in order of when they are due. A key that is taken is not handed
// out again until it is finished. Knows no clock and no threads: callers say what time it is, and lock.
class WorkQueue {
 public:
  // Due at `due` or earlier. A key that is taken becomes due again once it is finished.
  void Add(const store::Key& key, Moment due);

  // The key that is due longest; nullopt: none is due at `now`.
  std::optional<store::Key> Take(Moment now);

  // The taken key ended well. Looks again at `again`, or at once if it was added meanwhile.
  void Finish(const store::Key& key, std::optional<Moment> again);
  // The taken key failed: waits until `again` even if it was added meanwhile, since what it wrote itself before it
  // failed would otherwise bring it back at once.
  void FinishFailed(const store::Key& key, Moment again);

  // How many times in a row the key has failed; Finish sets it to 0.
  int FailuresOf(const store::Key& key) const;
  // When the first waiting key is due; nullopt: none waits.
  std::optional<Moment> NextDue() const;
  std::size_t size() const { return entries_.size(); }  // Waiting and taken.

 private:
  struct Entry {
    bool waiting = false;
    bool taken = false;
    Moment due{};
    std::uint64_t order = 0;  // Breaks ties of due: first come, first served.
    std::optional<Moment> added_while_taken;
    int failures = 0;
  };
  using Entries = std::unordered_map<store::Key, Entry, store::KeyHash>;
  void Wait(Entries::iterator entry, Moment due);

  Entries entries_;
  std::map<std::pair<Moment, std::uint64_t>, store::Key> by_due_;
  std::uint64_t order_ = 0;
};

}  // namespace sagebrush::reconcile
