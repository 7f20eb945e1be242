#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "objects/durability.h"
#include "objects/index_tables.h"
#include "store/log_room.h"

namespace sagebrush::objects {

// The index of all objects: one SQLite file, many readers, and one writer thread that commits what waits in groups,
// since a commit costs a disk sync however much is in it. Safe to call from any thread.
class ObjectIndex {
 public:
  // Opens or creates the file and brings it to the newest version. Throws Error.
  ObjectIndex(const Path& file, Durability durability);
  ~ObjectIndex();  // Writes what Defer left.
  ObjectIndex(const ObjectIndex&) = delete;

  // Runs `change` on the writer thread. Durable on return. When it throws, its changes are undone and this rethrows.
  // `change` must be quick, and must not call the index again.
  void Write(const std::function<void(IndexTables&)>& change);
  // As Write, but returns at once, and is committed with the next write or at the latest on destruction: for cleaning
  // up that may be done twice. Errors are logged.
  void Defer(std::function<void(IndexTables&)> change);

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
  std::unique_ptr<IndexTables> Borrow() const;
  void Return(std::unique_ptr<IndexTables> tables) const;
  void RunWriter();
  void Commit(std::vector<Waiting*>& batch, std::vector<std::function<void(IndexTables&)>>& deferred);
  void Apply(Waiting& waiting);

  Path file_;
  IndexTables writer_;  // Used by the writer thread only, once that runs.
  std::optional<store::LogRoom> log_room_;

  mutable Mutex mutex_;
  mutable std::vector<std::unique_ptr<IndexTables>> readers_ GUARDED_BY(mutex_);
  std::vector<Waiting*> queue_ GUARDED_BY(mutex_);
  std::vector<std::function<void(IndexTables&)>> deferred_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::condition_variable work_;
  std::thread thread_;
};

}  // namespace sagebrush::objects
