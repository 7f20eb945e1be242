#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/coherent_cache.h"
#include "base/mutex.h"
#include "objects/durability.h"
#include "objects/index_tables.h"
#include "store/log_room.h"

namespace sagebrush::objects {

// The index of all objects: one SQLite file and many readers. Of the threads that write, one at a time commits what all
// of them wait for, since a commit costs a disk sync however much is in it. What is asked for often stays in memory.
// Safe to call from any thread.
class ObjectIndex {
 public:
  // Opens or creates the file and brings it to the newest version. Throws Error.
  ObjectIndex(const Path& file, Durability durability);
  ~ObjectIndex();  // Writes what Defer left.
  ObjectIndex(const ObjectIndex&) = delete;

  // Runs `change`, on whichever thread commits it. Durable on return. When it throws, its changes are undone and this
  // rethrows. `change` must be quick, and must not call the index again.
  void Write(const std::function<void(IndexTables&)>& change);
  // As Write, but returns at once, and is committed with the next write or at the latest on destruction: for cleaning
  // up that may be done twice. Errors are logged.
  void Defer(std::function<void(IndexTables&)> change);

  // As IndexTables::FindObject, from memory where it can be.
  std::optional<IndexedObject> FindObject(std::int64_t bucket, const std::string& key) const;

  // A connection for reading, returned on destruction. Sees every write that was durable before it was asked.
  class Reader {
   public:
    explicit Reader(const ObjectIndex& index) : index_(index), tables_(index.Borrow()) {}
    ~Reader() { index_.Return(std::move(tables_)); }
    Reader(const Reader&) = delete;
    IndexTables* operator->() { return tables_.get(); }
    IndexTables& operator*() { return *tables_; }

   private:
    const ObjectIndex& index_;
    std::unique_ptr<IndexTables> tables_;
  };
  Reader Read() const { return Reader(*this); }

 private:
  struct Waiting;
  struct KeyHash {
    std::size_t operator()(const KeyOfBucket& key) const;
  };
  std::unique_ptr<IndexTables> Borrow() const;
  void Return(std::unique_ptr<IndexTables> tables) const;
  void Lead(const Waiting& own);
  void Commit(std::vector<Waiting*>& batch, std::vector<std::function<void(IndexTables&)>>& deferred);
  void Apply(Waiting& waiting);

  Path file_;
  IndexTables writer_;  // Used by the thread that commits only.
  std::optional<store::LogRoom> log_room_;

  mutable Mutex mutex_;
  mutable std::vector<std::unique_ptr<IndexTables>> readers_ GUARDED_BY(mutex_);
  std::vector<Waiting*> queue_ GUARDED_BY(mutex_);
  std::vector<std::function<void(IndexTables&)>> deferred_ GUARDED_BY(mutex_);
  bool committing_ GUARDED_BY(mutex_) = false;  // Some thread is.
  mutable CoherentCache<KeyOfBucket, IndexedObject, KeyHash> current_;
};

}  // namespace sagebrush::objects
