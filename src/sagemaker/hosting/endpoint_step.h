#pragma once

#include <optional>

#include "runtime/runtime.h"
#include "store/store.h"

namespace sagebrush::sagemaker {

// What to do with one model server that an endpoint should have. Decides, does not act.
enum class InstanceStep {
  kStart,    // Not there.
  kAsk,      // It runs and has not answered /ping yet.
  kGiveUp,   // It runs, and has not answered in the time it has.
  kUse,      // It answers.
  kReplace,  // It exited.
};

InstanceStep NextStep(const std::optional<runtime::WorkloadState>& run, bool healthy, Time now, Seconds startup_max);

// Which set of instances the endpoint is to run now.
enum class EndpointStep {
  kDelete,  // Everything goes, then the endpoint itself.
  kDeploy,  // What the spec asks for, beside what serves now.
  kServe,   // What serves now: the spec is met, or could not be met and was given up.
  kFailed,  // Nothing: the first deployment failed.
};

EndpointStep NextStep(const store::Resource& endpoint);

}  // namespace sagebrush::sagemaker
