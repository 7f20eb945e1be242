#include "algorithms/threads.h"

#include <sched.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <thread>
#include <vector>

#include "algorithms/own_groups.h"

namespace sagebrush::algorithms {
namespace {

int AllowedProcessors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return static_cast<int>(std::thread::hardware_concurrency());
  return CPU_COUNT(&set);
}

// Processors that a quota per period amounts to; 0: no quota.
double QuotaIn(const Path& group) {
  std::error_code ignored;
  if (std::filesystem::exists(group / "cpu.max", ignored)) {
    long long quota = 0, period = 0;
    const std::string text = ReadFile(group / "cpu.max");
    return std::sscanf(text.c_str(), "%lld %lld", &quota, &period) == 2 && period > 0 ? double(quota) / double(period)
                                                                                      : 0;
  }
  if (!std::filesystem::exists(group / "cpu.cfs_quota_us", ignored)) return 0;
  const long long quota = std::atoll(ReadFile(group / "cpu.cfs_quota_us").c_str());
  const long long period = std::atoll(ReadFile(group / "cpu.cfs_period_us").c_str());
  return quota > 0 && period > 0 ? double(quota) / double(period) : 0;
}

// The smallest quota of this process's group and the groups above it.
double CgroupQuota() {
  double least = 0;
  for (const Path& group : OwnGroups("cpu")) {
    const double quota = QuotaIn(group);
    if (quota > 0 && (least == 0 || quota < least)) least = quota;
  }
  return least;
}

}  // namespace

int ThreadLimit() {
  if (const char* text = std::getenv("OMP_NUM_THREADS"); text != nullptr && std::atoi(text) > 0) return std::atoi(text);
  int threads = std::max(1, AllowedProcessors());
  try {
    const double quota = CgroupQuota();
    if (quota > 0) threads = std::min(threads, std::max(1, static_cast<int>(std::ceil(quota))));
  } catch (const std::exception&) {
    // No cgroup files to read inside this sandbox: the processors are the limit.
  }
  return threads;
}

void ParallelFor(std::size_t count, int threads, const std::function<void(std::size_t)>& work) {
  std::vector<std::exception_ptr> failures(count);
  std::atomic<std::size_t> next{0};
  const auto run = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        failures[i] = std::current_exception();
      }
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < std::min<std::size_t>(count, static_cast<std::size_t>(std::max(1, threads))); ++i) {
      others.emplace_back(run);
    }
    run();
  }
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

}  // namespace sagebrush::algorithms
