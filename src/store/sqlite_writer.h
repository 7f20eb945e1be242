#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "store/disk_reserve.h"
#include "store/log_room.h"
#include "store/sqlite_connection.h"
#include "store/store.h"

namespace sagebrush::store {

// One waiting write, on the stack of the thread that asked for it.
struct PendingWrite {
  enum class What { kInsert, kUpdate, kDelete } what;
  std::shared_ptr<Resource> resource;  // Its version is the expected one until the commit, then the new one.
  std::string spec, status;            // As texts; made by the asking thread.

  std::uint64_t new_version = 0;
  bool applied = false;      // False: the key existed, or the version was another.
  std::exception_ptr error;  // Set when the write failed.
  bool done = false;         // Guarded by mutex.
  std::mutex mutex;
  std::condition_variable finished;
};

// Writes the database from one thread: all writes that wait go into one transaction, whose single sync makes them
// durable together. Each one's outcome is its own. On a full disk there is a reserve for updates and deletes; inserts
// are refused until there is so much space again that the reserve could be put back.
class SqliteWriter {
 public:
  // `committed` is called on the writer's thread after each commit with the writes that were applied, in order, before
  // their callers return.
  SqliteWriter(const Path& file, std::function<void(std::span<PendingWrite* const>)> committed);
  // Finishes the writes that wait.
  ~SqliteWriter();

  // Waits until `write` is durable or refused. Throws Error when the disk failed: then it was not applied.
  void Run(PendingWrite& write);

 private:
  // Throws Error when SQLite finds a page of the database damaged; 1.6 s for a GB.
  void CheckPages();
  void Loop();
  void Commit(const std::vector<PendingWrite*>& batch);
  // All of `batch` in one transaction. Throws Error, and has changed nothing, when the disk does not take it.
  void Transact(const std::vector<PendingWrite*>& batch);
  // Runs `write` inside the transaction. Throws Error when the transaction cannot go on.
  void ApplyAlone(PendingWrite& write);
  bool Apply(PendingWrite& write);
  bool Insert(PendingWrite& write);
  bool Update(PendingWrite& write);
  bool Delete(const PendingWrite& write);
  std::uint64_t NextVersion();
  void RollBack();

  SqliteConnection connection_;
  std::optional<LogRoom> log_room_;  // Once it writes ahead.
  const Path file_;
  DiskReserve reserve_;
  std::function<void(std::span<PendingWrite* const>)> committed_;
  std::uint64_t version_ = 0;           // The last one given out.
  std::uint64_t version_reserved_ = 0;  // The database allows versions up to this one.

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<PendingWrite*> waiting_;  // Guarded by mutex_.
  bool stopping_ = false;               // Guarded by mutex_.
  std::thread thread_;                  // Last: it uses all of the above.
};

}  // namespace sagebrush::store
