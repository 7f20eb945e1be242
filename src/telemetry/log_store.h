#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/mutex.h"
#include "base/worker_pool.h"
#include "telemetry/log_group.h"

namespace sagebrush::telemetry {

// Keeps CloudWatch's log groups and streams as files below a data directory. What a stream's file holds can be read as
// soon as it is appended, by whichever process. Safe to call from any thread.
class LogStore {
 public:
  LogStore(const Path& data, const Clock& clock) : data_(data), clock_(clock) {}

  // Of groups that nobody created but a workload's start. AWS keeps their events for ever; a disk does not. Users see
  // it in DescribeLogGroups and set another with PutRetentionPolicy.
  static constexpr std::int64_t kRetentionDaysDefault = 365;

  // The file of a stream (base/line_file.h) to hand to what writes it. Creates group and stream when they are missing;
  // they are durable soon after, as a workload's start does not wait for the disk.
  Path StreamFile(const std::string& account, const std::string& region, const std::string& group,
                  const std::string& stream);
  // The same place, without looking whether there is such a stream. For programs that read beside the server.
  static Path FileOf(const Path& data, const std::string& account, const std::string& region, const std::string& group,
                     const std::string& stream);

  // nullptr: no such group.
  std::shared_ptr<LogGroup> Find(const std::string& account, const std::string& region, const std::string& group);
  // nullptr: there is a group of that name. Not durable until LogGroup::Sync.
  std::shared_ptr<LogGroup> Create(const std::string& account, const std::string& region,
                                   const LogGroupSettings& settings);
  bool Delete(const std::string& account, const std::string& region, const std::string& group);  // False: none.
  // In order of their names.
  std::vector<std::shared_ptr<LogGroup>> Groups(const std::string& account, const std::string& region);

  // Empties the streams whose events have all outlived their group's retention; returns how many. To be called now and
  // then; what is older than the retention is not returned by reads even before.
  int Sweep();

 private:
  using Region = std::map<std::string, std::shared_ptr<LogGroup>>;
  void SyncSoon(std::shared_ptr<LogGroup> group);
  Region& Load(const std::string& account, const std::string& region) REQUIRES(mutex_);

  const Path data_;
  const Clock& clock_;
  Mutex mutex_;
  std::map<std::pair<std::string, std::string>, Region> regions_ GUARDED_BY(mutex_);  // Read when first asked for.
  WorkerPool syncer_{1, 1000};
};

}  // namespace sagebrush::telemetry
