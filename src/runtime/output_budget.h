#pragma once

#include <algorithm>
#include <cstdint>

namespace sagebrush::runtime {

// How much of what a workload prints goes into its log: `burst` bytes at once and `rate` a second in the long run.
// What is over that is to be dropped and counted. Not thread-safe. Times are any clock's milliseconds.
class OutputBudget {
 public:
  // More than any program prints that somebody reads; a disk and a processor take this from each of many workloads.
  static constexpr std::int64_t kRate = 4 << 20;
  static constexpr std::int64_t kBurst = 32 << 20;

  explicit OutputBudget(std::int64_t rate = kRate, std::int64_t burst = kBurst)
      : rate_(rate), burst_(burst), left_(burst) {}

  // False: over the budget, and nothing was taken. Once over, it stays so until a quarter of a second's bytes are there
  // again: lines go missing in a row rather than here and there.
  bool Take(std::int64_t bytes, std::int64_t now) {
    left_ = std::min(burst_, left_ + (now - refilled_) * rate_ / 1000);
    refilled_ = now;
    if (over_ && left_ < rate_ / 4) return false;
    over_ = left_ < bytes;
    if (!over_) left_ -= bytes;
    return !over_;
  }
  bool over() const { return over_; }

 private:
  std::int64_t rate_;
  std::int64_t burst_;
  std::int64_t left_;
  std::int64_t refilled_ = 0;
  bool over_ = false;
};

}  // namespace sagebrush::runtime
