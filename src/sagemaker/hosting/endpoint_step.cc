#include "sagemaker/hosting/endpoint_step.h"

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

InstanceStep NextStep(const std::optional<runtime::WorkloadState>& run, const InstanceRecord& record, Time now,
                      Seconds startup_max) {
  if (!run) return now < record.start_after ? InstanceStep::kWait : InstanceStep::kStart;
  if (!run->running) return InstanceStep::kBury;
  if (record.healthy) return InstanceStep::kUse;
  const bool started = run->started.milliseconds != 0;
  return started && Seconds(now - run->started) > startup_max ? InstanceStep::kGiveUp : InstanceStep::kAsk;
}

void RecordCrash(InstanceRecord& record, const std::string& workload, Time now, const std::string& last_words) {
  const bool was_steady = record.healthy && Seconds(now - record.healthy_since) >= kSteadyAfter;
  const int crashes = was_steady ? 1 : record.crashes + 1;
  const auto delay = std::chrono::duration_cast<Milliseconds>(RestartDelay(crashes, workload));
  record = {.first_start = record.healthy ? Time{} : record.first_start,
            .crashes = crashes,
            .last_words = last_words,
            .start_after = now + delay};
}

bool IsHopeless(const InstanceRecord& record, Time now, Seconds startup_max) {
  if (record.crashes == 0) return false;
  const bool late = record.first_start.milliseconds != 0 && Seconds(now - record.first_start) > startup_max;
  return record.crashes >= kCrashesMax || (late && !record.healthy);
}

Seconds RestartDelay(int crashes, const std::string& workload) {
  const Seconds limit = std::min(kRestartDelayFirst * std::exp2(std::clamp(crashes - 1, 0, 30)), kRestartDelayMax);
  return limit * Fraction(workload + "#" + std::to_string(crashes));
}

// A young one is asked often: a model server is up within milliseconds.
Seconds PingInterval(Seconds age) { return std::clamp(age / 8, kPingIntervalMin, kPingIntervalMax); }

EndpointStep NextStep(const store::Resource& endpoint) {
  if (GetBool(endpoint.spec, "Delete")) return EndpointStep::kDelete;
  const std::int64_t desired = GetInt(endpoint.spec, "Generation");
  const Json* serving = Find(endpoint.status, "Serving");
  if (GetInt(endpoint.status, "FailedGeneration") == desired)
    return serving != nullptr ? EndpointStep::kServe : EndpointStep::kFailed;
  const bool met = serving != nullptr && GetInt(*serving, "Generation") == desired;
  return met ? EndpointStep::kServe : EndpointStep::kDeploy;
}

std::string StateOf(const store::Resource& endpoint) {
  switch (NextStep(endpoint)) {
    case EndpointStep::kDelete:
      return "Deleting";
    case EndpointStep::kServe:
      return "InService";
    case EndpointStep::kFailed:
      return "Failed";
    case EndpointStep::kDeploy:
      break;
  }
  return Find(endpoint.status, "Serving") != nullptr ? "Updating" : "Creating";
}

std::int64_t FleetOf(const Json& spec_or_serving) {
  return GetInt(spec_or_serving, "Fleet", GetInt(spec_or_serving, "Generation"));
}

}  // namespace sagebrush::sagemaker
