#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/mutex.h"

namespace sagebrush::audit {

struct AuditLimits {
  std::uint64_t bytes_max = 1ULL << 30;        // Of all files; the oldest are deleted. At least two files stay.
  std::chrono::hours age_max{90 * 24};         // As long as CloudTrail keeps its history.
  std::uint64_t file_bytes_max = 16ULL << 20;  // Then the next file is begun.
  std::size_t pending_bytes_max = 16U << 20;   // Of lines that wait to be written; more are lost, and counted.
};

// Keeps lines in files of a directory, in the order in which they came. A thread of its own writes them, so that who
// appends waits for no disk; it is woken once for all that comes meanwhile. Lines are in the system's hands within
// kDelay, and on the disk when their file is full or the system writes it back: the newest may be lost with the power,
// never without the machine. Safe to call from any thread.
class AuditLog {
 public:
  static constexpr std::chrono::milliseconds kDelay{20};

  // Makes the directory. Begins a file of its own, so that what a crash cut off at the end of another stays apart.
  // `tell_loss` makes the line that says how many were lost. Throws Error.
  AuditLog(Path directory, const Clock& clock, AuditLimits limits,
           std::function<std::string(std::uint64_t lost)> tell_loss);
  ~AuditLog();  // Writes what waits.

  // Takes whole lines, each with its newline; `count` of them. Does not block on the disk.
  void Append(std::string_view lines, std::uint64_t count = 1) noexcept;
  // What was appended before is in the files when it returns, if it can be written.
  void Flush();
  std::uint64_t lost() const;  // Of all that was appended since the start, told or not.

  // Oldest first; the last is being written.
  std::vector<Path> Files() const;

 private:
  void Run();
  void WritePending() REQUIRES(file_mutex_);
  bool Write(std::string_view bytes) REQUIRES(file_mutex_);
  void BeginFile() REQUIRES(file_mutex_);
  void DeleteOld() REQUIRES(file_mutex_);

  const Path directory_;
  const Clock& clock_;
  const AuditLimits limits_;
  const std::function<std::string(std::uint64_t)> tell_loss_;

  mutable Mutex mutex_;
  std::string pending_ GUARDED_BY(mutex_);
  std::uint64_t pending_count_ GUARDED_BY(mutex_) = 0;
  std::uint64_t untold_ GUARDED_BY(mutex_) = 0;  // Lost, and not yet said so in the trail.
  std::uint64_t lost_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::condition_variable wake_;

  Mutex file_mutex_;  // Taken before mutex_.
  FileDescriptor file_ GUARDED_BY(file_mutex_);
  std::uint64_t file_bytes_ GUARDED_BY(file_mutex_) = 0;
  bool failing_ GUARDED_BY(file_mutex_) = false;  // The last write failed: the log has said so.
  std::thread thread_;
};

}  // namespace sagebrush::audit
