#include "inference/invocation_counters.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>
#include <vector>

namespace sagebrush::inference {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// The position of the highest bit, then the three bits behind it.
std::size_t RangeOf(std::uint64_t microseconds) {
  const std::uint64_t value = std::max<std::uint64_t>(microseconds, 1);
  const int octave = std::bit_width(value) - 1;
  const std::uint64_t eighth = (octave >= 3 ? value >> (octave - 3) : value << (3 - octave)) & 7;
  return static_cast<std::size_t>(octave) * 8 + eighth;
}

double MiddleOf(std::size_t range) {
  return std::exp2(static_cast<double>(range / 8)) * (1 + (static_cast<double>(range % 8) + 0.5) / 8);
}

}  // namespace

void LatencyCounter::Add(std::chrono::steady_clock::duration took) {
  const auto count = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  const auto microseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(0, count));
  counts_[std::min(RangeOf(microseconds), kRanges - 1)].fetch_add(1, kRelaxed);
  sum_.fetch_add(microseconds, kRelaxed);
  // Seldom true, once a few have been counted.
  for (auto seen = minimum_.load(kRelaxed); microseconds < seen;) {
    if (minimum_.compare_exchange_weak(seen, microseconds, kRelaxed)) break;
  }
  for (auto seen = maximum_.load(kRelaxed); microseconds > seen;) {
    if (maximum_.compare_exchange_weak(seen, microseconds, kRelaxed)) break;
  }
}

// An invocation that ends meanwhile may be counted now and its latency added the next time: nothing is lost.
telemetry::Datapoint LatencyCounter::Take() {
  std::vector<std::pair<double, double>> distribution;
  for (std::size_t range = 0; range < kRanges; ++range) {
    if (counts_[range].load(kRelaxed) == 0) continue;
    distribution.emplace_back(MiddleOf(range), counts_[range].exchange(0, kRelaxed));
  }
  if (distribution.empty()) return {};
  const auto sum = static_cast<double>(sum_.exchange(0, kRelaxed));
  const auto minimum = static_cast<double>(minimum_.exchange(UINT64_MAX, kRelaxed));
  const auto maximum = static_cast<double>(maximum_.exchange(0, kRelaxed));
  return telemetry::Datapoint::FromDistribution(std::move(distribution), sum, std::min(minimum, maximum), maximum);
}

}  // namespace sagebrush::inference
