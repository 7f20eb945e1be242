#pragma once

#include <optional>
#include <string>

#include "runtime/runtime.h"
#include "store/store.h"

namespace sagebrush::sagemaker {

enum class TrainingJobStep {
  kNothing,       // Ended, and nothing of it is left.
  kCleanUp,       // Ended, but its workload is still known to the runtime.
  kStart,         // Not started: get room, prepare its files, start it.
  kEndUnstarted,  // To be stopped before it ever ran.
  kReportLost,    // It ran, and the runtime knows nothing of it any more.
  kWatch,         // It runs: record that, keep checkpoints, look again.
  kStop,          // It runs and shall not.
  kFinish,        // It exited: collect its output, record how it ended.
};

bool HasEnded(const store::Resource& job);

// Decides, does not act; depends on its arguments only. Every case is one row of a table test.
TrainingJobStep NextStep(const store::Resource& job, const std::optional<runtime::WorkloadState>& run);

// How a job whose workload has exited ends: what goes into its status.
struct TrainingOutcome {
  std::string state;             // Completed, Failed, Stopped
  std::string secondary_status;  // Completed, Failed, Stopped, MaxRuntimeExceeded
  std::string failure_reason;    // Empty unless Failed.
  std::string status_message;
};

// `failure_file`: what the algorithm wrote to /opt/ml/output/failure; `last_lines`: the end of its log.
TrainingOutcome OutcomeOf(const store::Resource& job, const runtime::WorkloadState& run,
                          const std::string& failure_file, const std::string& last_lines);

// Ends the current entry of SecondaryStatusTransitions at `now` and begins one for `status`.
// Does nothing when the job is in that status with that message already.
void RecordTransition(store::Resource& job, const std::string& status, const std::string& message, Time now);

}  // namespace sagebrush::sagemaker
