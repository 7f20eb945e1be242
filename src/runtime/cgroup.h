#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/file.h"

namespace sagebrush::runtime {

struct CgroupLimits {
  double cpus = 0;                    // 0: none.
  std::int64_t memory_bytes_max = 0;  // 0: none.
  std::int64_t processes_max = 0;     // 0: none.
};

// The control groups of one workload, in whichever of version 1 and 2 the machine has each controller:
// <mount of the controller>/sagebrush/<name>; for a user other than root, in version 2, <the outermost group around
// this process that the user may write to>/sagebrush/<name>. Should processes run directly in that outermost group,
// Create moves them into <it>/sagebrush-server. What cannot be had is missing(), and everything else works. All calls
// may be repeated, also by another process that gives the same name.
class Cgroup {
 public:
  explicit Cgroup(const std::string& name);

  // Creates the groups and sets the limits.
  void Create(const CgroupLimits& limits);
  // Of "cpu", "memory", "pids": those that the last Create could not limit.
  const std::vector<std::string>& missing() const { return missing_; }

  // Moves the calling process, which must have one thread, into the groups. Allocates nothing that must be freed, so
  // that it may be called between fork and exec.
  void Join() const;
  // Kills every process in the groups, and waits until they are gone or `wait` has passed. False: some are left.
  bool KillAll(Milliseconds wait) const;
  // The kernel killed a process of the group because its memory was used up.
  bool HasKilledForMemory() const;
  // All processes in the groups.
  std::vector<int> Processes() const;
  // Removes the groups. False: processes are left in them.
  bool Remove() const;

 private:
  struct Group {
    std::string controllers;  // "cpu" or, for version 2, "cpu memory pids".
    bool version2;
    Path base;  // <mount>/sagebrush
    Path path;
    bool created = false;
  };

  bool CreateGroup(Group& group) const;
  const Group* Find(std::string_view controller) const;
  void Limit(std::string_view controller, const CgroupLimits& limits);

  std::vector<Group> groups_;
  std::vector<std::string> missing_;
};

}  // namespace sagebrush::runtime
