#include "sagemaker/hosting/replica_step.h"

#include <algorithm>
#include <cmath>

#include "base/digest.h"

namespace sagebrush::sagemaker {
namespace {

constexpr int kCrashesMax = 4;
constexpr Seconds kRestartDelayFirst{0.25};
constexpr Seconds kRestartDelayMax{60};
constexpr Seconds kSteadyAfter{60};
constexpr Seconds kPingIntervalMin{0.004};
constexpr Seconds kPingIntervalMax{1.0};

// From 0 up to 1, evenly, for names that differ.
double Fraction(const std::string& name) {
  const auto digest = Sha256(name);
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < sizeof bits; ++i) bits = bits << 8 | static_cast<std::uint8_t>(digest[i]);
  return std::ldexp(static_cast<double>(bits), -32);
}

}  // namespace

ReplicaStep NextStep(const std::optional<runtime::WorkloadState>& run, const ReplicaRecord& record, Time now) {
  if (!run) return now < record.start_after ? ReplicaStep::kWait : ReplicaStep::kStart;
  if (!run->running) return ReplicaStep::kBury;
  if (record.healthy) return ReplicaStep::kUse;
  const bool started = run->started.milliseconds != 0;
  return started && Seconds(now - run->started) > record.startup_max ? ReplicaStep::kGiveUp : ReplicaStep::kAsk;
}

void RecordCrash(ReplicaRecord& record, const std::string& workload, Time now, const std::string& last_words) {
  const bool was_steady = record.healthy && Seconds(now - record.healthy_since) >= kSteadyAfter;
  const int crashes = was_steady ? 1 : record.crashes + 1;
  const auto delay = std::chrono::duration_cast<Milliseconds>(RestartDelay(crashes, workload));
  record = {.startup_max = record.startup_max,
            .first_start = record.healthy ? Time{} : record.first_start,
            .crashes = crashes,
            .last_words = last_words,
            .start_after = now + delay};
}

std::string WhyHopeless(const ReplicaRecord& record, Time now) {
  if (!record.failure.empty() || record.crashes == 0) return record.failure;
  const bool late = record.first_start.milliseconds != 0 && Seconds(now - record.first_start) > record.startup_max;
  return record.crashes >= kCrashesMax || (late && !record.healthy) ? record.last_words : "";
}

Seconds RestartDelay(int crashes, const std::string& workload) {
  const Seconds limit = std::min(kRestartDelayFirst * std::exp2(std::clamp(crashes - 1, 0, 30)), kRestartDelayMax);
  return limit * Fraction(workload + "#" + std::to_string(crashes));
}

// A young one is asked often: a model server is up within milliseconds.
Seconds PingInterval(Seconds age) { return std::clamp(age / 8, kPingIntervalMin, kPingIntervalMax); }

}  // namespace sagebrush::sagemaker
