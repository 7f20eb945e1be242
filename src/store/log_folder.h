#pragma once

#include <condition_variable>
#include <optional>
#include <thread>

#include "base/file.h"
#include "base/mutex.h"

namespace sagebrush::store {

// Moves what a write-ahead log holds into its database, on a thread and a connection of its own: however long the disk
// takes, nobody who commits waits for it.
class LogFolder {
 public:
  // `file`, the database, exists and writes ahead.
  explicit LogFolder(const Path& file);
  ~LogFolder();  // Ends what it has begun.
  LogFolder(const LogFolder&) = delete;
  LogFolder& operator=(const LogFolder&) = delete;

  // Begins with all that is committed now, unless it is still busy. Returns at once.
  void Begin();
  bool Busy() const;
  void Wait() const;  // Until it is not busy.
  // How many pages of the log were in the database when it last ended. Each end is told once.
  std::optional<int> TakeFolded();

 private:
  void Run(const std::stop_token& stop);

  const Path file_;
  mutable Mutex mutex_;
  std::condition_variable_any wake_;
  mutable std::condition_variable ended_;
  bool busy_ GUARDED_BY(mutex_) = false;
  std::optional<int> folded_ GUARDED_BY(mutex_);
  std::jthread thread_;
};

}  // namespace sagebrush::store
