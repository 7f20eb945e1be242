#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "store/disk_reserve.h"
#include "store/log_room.h"
#include "store/sqlite_connection.h"
#include "store/store.h"

namespace sagebrush::store {

// Writes that wait to be made together, on the stack of the thread that asked for them.
struct PendingCommit {
  struct Row {
    Write::What what;
    std::shared_ptr<const Resource> before;  // What an update or a delete expects to find.
    std::shared_ptr<Resource> after;         // Its version is set by the commit. nullptr: a delete.
    std::string spec, status, attributes;    // Of `after` as texts; made by the asking thread.
  };
  std::vector<Row> rows;

  std::optional<std::size_t> refused;  // The first row whose key existed, or whose version was another.
  std::exception_ptr error;            // Set when the disk failed.
  bool done GUARDED_BY(mutex) = false;
  Mutex mutex;
  std::condition_variable finished;
};

// Writes the database from one thread: all commits that wait go into one transaction, whose single sync makes them
// durable together. Each one's outcome is its own. On a full disk there is a reserve for updates and deletes; what
// inserts is refused until there is so much space again that the reserve could be put back.
class SqliteWriter {
 public:
  // `committed` is called on the writer's thread for each commit that was made, in order, before its caller returns.
  SqliteWriter(const Path& file, std::function<void(const PendingCommit&)> committed);
  // Finishes the commits that wait.
  ~SqliteWriter();

  // Waits until `commit` is durable or refused. Throws Error when the disk failed: then nothing has changed.
  void Run(PendingCommit& commit);

 private:
  // Throws Error when SQLite finds a page of the database damaged; 1.6 s for a GB.
  void CheckPages();
  void Loop();
  void Finish(const std::vector<PendingCommit*>& batch);
  // All of `batch` in one transaction. Throws Error, and has changed nothing, when the disk does not take it.
  void Transact(const std::vector<PendingCommit*>& batch);
  // Makes the writes of `commit`, or none of them, inside the transaction. Throws Error when that cannot go on.
  void ApplyAlone(PendingCommit& commit);
  // The first row whose condition does not hold.
  std::optional<std::size_t> Apply(PendingCommit& commit);
  // False: the condition does not hold.
  bool Apply(PendingCommit::Row& row);
  bool Insert(PendingCommit::Row& row);
  bool Update(PendingCommit::Row& row);
  bool Delete(const PendingCommit::Row& row);
  std::uint64_t NextVersion();
  void RollBack();

  SqliteConnection connection_;
  std::optional<LogRoom> log_room_;  // Once it writes ahead.
  const Path file_;
  DiskReserve reserve_;
  std::function<void(const PendingCommit&)> committed_;
  std::uint64_t version_ = 0;           // The last one given out.
  std::uint64_t version_reserved_ = 0;  // The database allows versions up to this one.

  Mutex mutex_;
  std::condition_variable arrived_;
  std::vector<PendingCommit*> waiting_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace sagebrush::store
