#include "sagemaker/hosting/endpoint_step.h"

namespace sagebrush::sagemaker {

InstanceStep NextStep(const std::optional<runtime::WorkloadState>& run, bool healthy, Time now, Seconds startup_max) {
  if (!run) return InstanceStep::kStart;
  if (!run->running) return InstanceStep::kReplace;
  if (healthy) return InstanceStep::kUse;
  const bool started = run->started.milliseconds != 0;
  return started && Seconds(now - run->started) > startup_max ? InstanceStep::kGiveUp : InstanceStep::kAsk;
}

EndpointStep NextStep(const store::Resource& endpoint) {
  if (GetBool(endpoint.spec, "Delete")) return EndpointStep::kDelete;
  const std::int64_t desired = GetInt(endpoint.spec, "Generation");
  const bool serving = Find(endpoint.status, "Serving") != nullptr;
  if (GetInt(endpoint.status, "FailedGeneration") == desired)
    return serving ? EndpointStep::kServe : EndpointStep::kFailed;
  const bool met = serving && GetInt(endpoint.status, "Serving.Generation") == desired &&
                   endpoint.status.at("Serving").at("Variants") == endpoint.spec.at("Variants");
  return met ? EndpointStep::kServe : EndpointStep::kDeploy;
}

}  // namespace sagebrush::sagemaker
