#pragma once

#include <optional>
#include <string>

#include "runtime/runtime.h"

// Decisions about one replica: pure functions of what the runtime and the record of it say.
namespace sagebrush::sagemaker {

// What is known of a replica besides what the runtime tells; forgotten with the process, then it begins anew.
struct ReplicaRecord {
  Seconds startup_max{240};  // The time that it has to answer first.
  Time first_start;          // Since it last answered.
  int crashes = 0;           // In a row: since it last answered for a while.
  std::string last_words;    // Why it crashed, for a FailureReason.
  Time start_after;          // It is not started again before.
  bool healthy = false;
  Time healthy_since;
  Time ask_after;       // It is not asked for its health before.
  std::string failure;  // What hinders it, whatever is tried; empty: nothing.
};

// What to do with a replica that is to run. Decides, does not act.
enum class ReplicaStep {
  kStart,   // Not there.
  kWait,    // Not there after it crashed, and not to be started again yet.
  kAsk,     // It runs and has not answered /ping yet.
  kGiveUp,  // It runs, and has not answered in the time it has.
  kUse,     // It answers.
  kBury,    // It exited: remember that it crashed, forget the workload.
};

ReplicaStep NextStep(const std::optional<runtime::WorkloadState>& run, const ReplicaRecord& record, Time now);

// Takes down that the replica exited at `now`: when it may be started again. What answered for a minute before has
// nothing to do with earlier crashes.
void RecordCrash(ReplicaRecord& record, const std::string& workload, Time now, const std::string& last_words);

// How long a replica that crashed `crashes` times in a row (1 or more) waits: anything up to a limit that doubles
// from a quarter of a second to a minute, so that those that crashed together do not come back together. The same for
// the same arguments.
Seconds RestartDelay(int crashes, const std::string& workload);

// Why a deployment that is to bring the replica up fails for it; empty: it does not. It cannot be started at all, or
// crashed four times in a row, or once when its time to answer was over.
std::string WhyHopeless(const ReplicaRecord& record, Time now);

// How long after the start of a replica that has not answered yet it is asked for its health again.
Seconds PingInterval(Seconds age);

}  // namespace sagebrush::sagemaker
