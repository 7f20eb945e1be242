#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/mutex.h"
#include "telemetry/log_stream.h"

namespace sagebrush::telemetry {

struct LogGroupSettings {
  std::string name;
  Time created;
  std::optional<std::int64_t> retention_days;
  std::string log_class = "STANDARD";
  std::map<std::string, std::string> tags;
};

// One log group: a directory with its settings (`group.json`), the list of its streams (`streams`, one line for each
// creation or deletion) and a file for each stream. Safe to call from any thread.
class LogGroup {
 public:
  // Makes the directory. Not durable until Sync.
  static std::shared_ptr<LogGroup> Create(const Path& directory, const LogGroupSettings& settings);
  // nullptr: the directory holds no group, or one whose creation was cut off.
  static std::shared_ptr<LogGroup> Open(const Path& directory);

  LogGroupSettings Settings() const;
  // Changes the settings with `change`; durable on return.
  void Change(const std::function<void(LogGroupSettings&)>& change);

  // nullptr: no such stream.
  std::shared_ptr<LogStream> Find(const std::string& name) const;
  // The new stream, not durable until Sync; nullptr: there is one of that name.
  std::shared_ptr<LogStream> CreateStream(const std::string& name, Time now);
  bool DeleteStream(const std::string& name, Time now);  // False: no such stream.
  // Makes durable what Create and CreateStream made. Does nothing once the group was deleted.
  void Sync() const;
  // In order of their names, those that start with `prefix`.
  std::vector<std::shared_ptr<LogStream>> Streams(const std::string& prefix = "") const;

  // Events older than this count as gone; zero without retention.
  Time Cutoff(Time now) const;
  std::uint64_t StoredBytes() const;
  // Deletes all files. The object must not be used afterwards.
  void Delete();

 private:
  LogGroup(Path directory, LogGroupSettings settings);
  void ReadStreams() REQUIRES(mutex_);
  void Save() const REQUIRES(mutex_);

  const Path directory_;
  mutable Mutex mutex_;
  LogGroupSettings settings_ GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<LogStream>> streams_ GUARDED_BY(mutex_);
};

}  // namespace sagebrush::telemetry
