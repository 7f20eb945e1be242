#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/file.h"

namespace sagebrush::runtime {

// Watches how much a workload has written below some directories, where the file system has no quota. Counts blocks of
// files that were created or changed since the watch began: what was laid out for it before is not its own.
// Cheap: it walks the trees only when their file systems lost enough free space since the last walk to matter, or a
// while has passed, and spends a fiftieth of the time walking at most. Not thread-safe. Times are steady milliseconds.
class DiskUsage {
 public:
  // `since`: wall clock.
  DiskUsage(std::vector<Path> directories, std::int64_t bytes_max, Time since);

  // True: more than bytes_max. Call it when Due.
  bool IsOver(std::int64_t now);
  std::int64_t Due() const { return due_; }
  // Walks now.
  std::int64_t Measure() const;

 private:
  std::int64_t FreeBytes() const;

  std::vector<Path> directories_;
  std::int64_t bytes_max_;
  Time since_;
  std::int64_t due_ = 0;
  std::int64_t walk_at_latest_ = 0;
  std::int64_t walk_not_before_ = 0;
  std::int64_t used_ = 0;
  std::int64_t free_at_walk_ = 0;
};

}  // namespace sagebrush::runtime
