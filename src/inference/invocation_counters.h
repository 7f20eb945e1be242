#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "telemetry/datapoint.h"

namespace sagebrush::inference {

// The latencies of many invocations in little space: the count of those in each of many small ranges. Any thread may
// add to it, at the price of a few additions that nobody waits for.
class LatencyCounter {
 public:
  void Add(std::chrono::steady_clock::duration took);
  // What was added since the last time, in microseconds. One thread at a time.
  telemetry::Datapoint Take();

 private:
  // Eight ranges for each doubling: a value is known to 6 %. The last is for everything above an hour.
  static constexpr std::size_t kRanges = 8 * 32;

  std::array<std::atomic<std::uint32_t>, kRanges> counts_{};
  std::atomic<std::uint64_t> sum_{0};
  std::atomic<std::uint64_t> minimum_{UINT64_MAX};
  std::atomic<std::uint64_t> maximum_{0};
};

// What went through a variant since it was last published.
struct InvocationCounters {
  LatencyCounter model_latency;     // One for each invocation.
  LatencyCounter overhead_latency;  // The rest of the time that the caller waited.
  std::atomic<std::uint64_t> client_errors{0};
  std::atomic<std::uint64_t> server_errors{0};
  std::atomic<std::uint64_t> instances{0};  // Of the variant now.
};

}  // namespace sagebrush::inference
