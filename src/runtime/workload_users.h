#pragma once

#include <cstdint>
#include <set>
#include <string_view>

namespace sagebrush::runtime {

// The user ids of this machine that workloads run as, one each: what the kernel counts or allows by user (processes,
// watches, pipes, locked memory, files) is then apart for each, and the files that one leaves are no other's.
// They name nobody: no account, no service and no container has one of them. Not thread-safe.
class WorkloadUsers {
 public:
  // What Linux leaves unused: above the ids that systemd gives to containers and below those of the sign bit
  // (https://systemd.io/UIDS-GIDS). So many that two servers on one machine, or a user of yesterday and of today, do
  // not meet.
  static constexpr std::uint32_t kFirst = 0x7000'0000;
  static constexpr std::uint32_t kCount = 0x0800'0000;

  // Those that exist here: kFirst to kFirst + kCount, or what a user namespace around this process has.
  static WorkloadUsers OfThisMachine();
  // `map`: the text of a uid_map.
  static WorkloadUsers Within(std::string_view map);

  // False: this process can give workloads no user of their own.
  bool any() const { return count_ > 0; }
  // Throws Error when all are taken.
  std::uint32_t Take();
  // It is taken already, since an earlier process.
  void Keep(std::uint32_t user) { taken_.insert(user); }
  void Release(std::uint32_t user) { taken_.erase(user); }

 private:
  WorkloadUsers(std::uint32_t first, std::uint32_t count) : first_(first), count_(count) {}

  std::uint32_t first_;
  std::uint32_t count_;
  std::set<std::uint32_t> taken_;
};

}  // namespace sagebrush::runtime
