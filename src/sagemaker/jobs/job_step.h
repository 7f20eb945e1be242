#pragma once

#include <optional>

#include "runtime/runtime.h"
#include "store/store.h"

namespace sagebrush::sagemaker {

enum class JobStep {
  kNothing,       // Ended, and nothing of it is left.
  kCleanUp,       // Ended, but its workload is still known to the runtime.
  kStart,         // Not started: get room, prepare its files, start it.
  kEndUnstarted,  // To be stopped before it ever ran.
  kReportLost,    // It ran, and the runtime knows nothing of it any more.
  kWatch,         // It runs: record that, do what is to be done beside it, look again.
  kStop,          // It runs and shall not.
  kFinish,        // It exited: collect its output, record how it ended.
};

bool HasEnded(const store::Resource& job);

// Decides, does not act; depends on its arguments only. Every case is one row of a table test. `started`: its status
// says that it ran.
JobStep NextStep(const store::Resource& job, bool started, const std::optional<runtime::WorkloadState>& run);

}  // namespace sagebrush::sagemaker
