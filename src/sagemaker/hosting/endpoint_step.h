#pragma once

#include <optional>
#include <string>

#include "runtime/runtime.h"
#include "store/store.h"

// Decisions about endpoints: pure functions of what is stored and what runs.
//   spec:   {EndpointConfigName, Variants, Generation, Fleet, Asked, RetireSeconds?, DeploySecondsMax?, Delete?}
//   status: {Serving?: {Generation, Fleet, Since, EndpointConfigName, Variants}, FailedGeneration?, FailureReason?,
//            Waiting?}
// Every operation raises `Generation`. `Fleet` numbers the sets of instances: a change of weights or counts goes on
// with the one that serves, anything else begins another. Numbers are never used again.
namespace sagebrush::sagemaker {

// What is known of an instance besides what the runtime tells; forgotten with the process, then it begins anew.
struct InstanceRecord {
  Time first_start;        // Since it last answered.
  int crashes = 0;         // In a row: since it last answered for a while.
  std::string last_words;  // Why it crashed, for a FailureReason.
  Time start_after;        // It is not started again before.
  bool healthy = false;
  Time healthy_since;
  Time ask_after;  // It is not asked for its health before.
};

// What to do with one model server that an endpoint should have. Decides, does not act.
enum class InstanceStep {
  kStart,   // Not there.
  kWait,    // Not there after it crashed, and not to be started again yet.
  kAsk,     // It runs and has not answered /ping yet.
  kGiveUp,  // It runs, and has not answered in the time it has.
  kUse,     // It answers.
  kBury,    // It exited: remember that it crashed, forget the workload.
};

InstanceStep NextStep(const std::optional<runtime::WorkloadState>& run, const InstanceRecord& record, Time now,
                      Seconds startup_max);

// Takes down that the instance exited at `now`: when it may be started again. What answered for a minute before has
// nothing to do with earlier crashes.
void RecordCrash(InstanceRecord& record, const std::string& workload, Time now, const std::string& last_words);

// How long an instance that crashed `crashes` times in a row (1 or more) waits: anything up to a limit that doubles
// from a quarter of a second to a minute, so that those that crashed together do not come back together. The same for
// the same arguments.
Seconds RestartDelay(int crashes, const std::string& workload);

// Whether the deployment that brought the instance fails for it: it crashed four times in a row, or once when its time
// to answer was over.
bool IsHopeless(const InstanceRecord& record, Time now, Seconds startup_max);

// How long after the start of an instance that has not answered yet it is asked for its health again.
Seconds PingInterval(Seconds age);

// Which set of instances the endpoint is to run now.
enum class EndpointStep {
  kDelete,  // Everything goes, then the endpoint itself.
  kDeploy,  // What the spec asks for, beside what serves now.
  kServe,   // What serves now: the spec is met, or could not be met and was given up.
  kFailed,  // Nothing: the first deployment failed.
};

EndpointStep NextStep(const store::Resource& endpoint);

// The EndpointStatus that follows from spec and status: so none is left that nobody will move.
std::string StateOf(const store::Resource& endpoint);

// The fleet number in a spec or in status.Serving. Earlier versions numbered fleets by generation.
std::int64_t FleetOf(const Json& spec_or_serving);

}  // namespace sagebrush::sagemaker
