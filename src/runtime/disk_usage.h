#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file.h"

namespace sagebrush::runtime {

// What a workload takes of the disk: blocks, and inodes.
struct DiskShare {
  std::int64_t bytes = 0;
  std::int64_t files = 0;
};

// Watches how much a workload has written below some directories, where the file system has no quota. Counts blocks of
// files that were created or changed since the watch began, however deep they lie, and of those that its processes hold
// open or mapped without a name: what was laid out for it before is not its own.
// Cheap: it walks the trees only when their file systems lost enough free space since the last walk to matter, or a
// while has passed, and spends a small part of the time walking. Not thread-safe. Times are steady milliseconds.
class DiskUsage {
 public:
  // `since`: wall clock. `processes`: of the workload, now.
  DiskUsage(std::vector<Path> directories, DiskShare limit, Time since, std::function<std::vector<int>()> processes);

  // What ends the workload, a text for its user; nullopt: nothing does. Either it went over its limit (of bytes: the
  // text is empty), or the disk is almost full: then those workloads that wrote most are ended first, before the server
  // or a neighbour finds no space.
  std::optional<std::string> FindExcess(std::int64_t now);
  // When to call FindExcess again.
  std::int64_t Due() const { return due_; }
  // Walks now.
  DiskShare Measure() const;

 private:
  struct Room {
    DiskShare free;  // Of all file systems together.
    DiskShare total;
    std::int64_t spare = 0;  // Bytes until the fullest one is almost full.
    bool scarce = false;     // One is.
  };

  Room LookForRoom() const;
  void Walk(std::int64_t now, const Room& room, std::int64_t share);
  std::optional<std::string> WhatScarcityEnds(std::int64_t now, const Room& room);

  std::vector<Path> directories_;
  DiskShare limit_;
  Time since_;
  std::function<std::vector<int>()> processes_;
  std::int64_t due_ = 0;
  std::int64_t walk_at_latest_ = 0;
  std::int64_t walk_not_before_ = 0;
  std::int64_t scarce_since_ = INT64_MAX;
  DiskShare used_;
  DiskShare free_at_walk_;
};

}  // namespace sagebrush::runtime
