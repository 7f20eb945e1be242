#pragma once

#include <condition_variable>
#include <cstddef>
#include <stop_token>
#include <vector>

#include "base/mutex.h"
#include "objects/object_event.h"
#include "objects/object_index.h"

namespace sagebrush::objects {

// Events of objects that wait to be told: rows of the index, so that each is written in the commit of its change, and
// there is never the one without the other. One reader tells them and then has them forgotten; one who is killed in
// between tells some once more. Safe to call from any thread.
class ObjectOutbox {
 public:
  explicit ObjectOutbox(ObjectIndex& index) : index_(index) {}

  // Within a change of the index. Whoever made that calls Wake once it is committed.
  static void Add(IndexTables& tables, const ObjectEvent& event) { tables.AddEvent(TextOf(event)); }
  void Wake();

  // Up to `limit` of them, in the order of their changes.
  std::vector<ObjectEvent> Oldest(std::size_t limit) const;
  // Those up to `sequence`, for good.
  void Forget(std::int64_t sequence);
  // Until Wake was called since the last return, or a stop is asked for.
  void Wait(const std::stop_token& stop);

 private:
  ObjectIndex& index_;
  Mutex mutex_;
  std::condition_variable_any changed_;
  bool woken_ GUARDED_BY(mutex_) = true;  // There may be some of the last run.
};

}  // namespace sagebrush::objects
