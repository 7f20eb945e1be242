#include "runtime/workload_users.h"

#include <unistd.h>

#include <random>
#include <sstream>
#include <string>

#include "base/error.h"
#include "base/file.h"

namespace sagebrush::runtime {
namespace {

constexpr std::uint64_t kExtentMin = 1024;  // Below that a namespace has no ids to spare.

}  // namespace

WorkloadUsers WorkloadUsers::OfThisMachine() {
  if (::geteuid() != 0) return {0, 0};
  const std::string users = ReadFileIfExists("/proc/self/uid_map").value_or("");
  // A workload's group has its user's number.
  return users == ReadFileIfExists("/proc/self/gid_map").value_or("") ? Within(users) : WorkloadUsers(0, 0);
}

WorkloadUsers WorkloadUsers::Within(std::string_view map) {
  std::istringstream extents{std::string(map)};
  std::uint64_t largest_first = 0, largest = 0;
  for (std::uint64_t first, outside, count; extents >> first >> outside >> count;) {
    if (first <= kFirst && first + count >= std::uint64_t{kFirst} + kCount) return {kFirst, kCount};
    if (count > largest) largest_first = first, largest = count;
  }
  if (largest < kExtentMin) return {0, 0};
  // Away from the ids of accounts, which begin below, and from nobody, which is 65534.
  return {static_cast<std::uint32_t>(largest_first + largest / 2), static_cast<std::uint32_t>(largest / 4)};
}

std::uint32_t WorkloadUsers::Take() {
  if (taken_.size() >= count_) {
    throw Error(kInternalFailure, "All user ids for workloads are taken: stop some workloads first.");
  }
  static std::random_device random;
  std::uint32_t user = first_ + random() % count_;
  while (!taken_.insert(user).second) user = user + 1 == first_ + count_ ? first_ : user + 1;
  return user;
}

}  // namespace sagebrush::runtime
