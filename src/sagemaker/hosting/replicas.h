#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/mutex.h"
#include "sagemaker/context.h"
#include "sagemaker/hosting/endpoint_plan.h"
#include "sagemaker/hosting/replica_step.h"

namespace sagebrush::sagemaker {

// Sees what there is of endpoints' replicas, and makes plans true: room, files, starts, health, ends. Decides nothing
// about endpoints and writes none. Knows of each replica what the runtime does not tell: how often it crashed, whether
// it answers. Safe to call from any thread; calls for one endpoint must not overlap.
class Replicas {
 public:
  explicit Replicas(const Context& context) : context_(context) {}

  Observed Observe(const store::Resource& endpoint);

  // How far a plan has become true.
  struct Progress {
    bool is_alone = false;              // Nothing is left of the replicas that the plan leaves out.
    std::optional<Seconds> look_again;  // Unless something wakes the endpoint before.
    void LookWithin(Seconds delay) { look_again = std::min(look_again.value_or(delay), delay); }
  };
  // Brings each replica one step further. What hinders one that is to be brought up is seen by Observe; only the
  // store's Error(kServiceUnavailable) is thrown. A replica is stopped once no invocation is under way there.
  Progress Make(const store::Resource& endpoint, const Plan& plan);

  // Finds those of the plan that run and answer, without starting any: for a process that has just begun. Waits a
  // quarter of a second for each that takes connections and says nothing, and counts it in: it was in service, and may
  // be busy.
  void Survey(const store::Resource& endpoint, const Plan& plan);

 private:
  struct Room {
    std::int64_t generation;  // Of the endpoint that asked.
    runtime::Reservation answer;
  };

  ReplicaRecord& RecordOf(const std::string& replica);
  // Whether there is room for what the plan brings up.
  bool Reserve(const store::Resource& endpoint, const Plan& plan, Progress& progress);
  void Advance(const store::Resource& endpoint, const PlannedReplica& planned, Progress& progress);
  void Step(const store::Resource& endpoint, const PlannedReplica& planned, Progress& progress);
  void Start(const store::Resource& endpoint, const Replica& replica, Progress& progress);
  // Whether its image is ready to be run; has it made ready when it is not.
  bool AwaitImage(const store::Resource& endpoint, const Replica& replica, Progress& progress);
  // Whether the model's files are there; begins to place them when they are not.
  bool Prepare(const store::Resource& endpoint, const Replica& replica, Progress& progress);
  void Ask(const store::Resource& endpoint, const Replica& replica, const runtime::WorkloadState& run,
           Progress& progress);
  void GiveUp(const store::Resource& endpoint, const PlannedReplica& planned, Progress& progress);
  void Bury(const store::Resource& endpoint, const Replica& replica, const runtime::WorkloadState& run,
            Progress& progress);
  void Forget(const std::string& replica);
  // Each of these is true when none is left; otherwise to be called again soon.
  bool Retire(const store::Resource& endpoint, const Plan& plan);
  bool ForgetChores(const store::Resource& endpoint, const Plan& plan, const std::set<std::string>& stay);
  bool RemoveFiles(const store::Resource& endpoint, const Plan& plan);
  void ForgetRecords(const store::Resource& endpoint, const std::set<std::string>& stay);

  const Context& context_;
  Mutex mutex_;
  std::map<std::string, ReplicaRecord> records_ GUARDED_BY(mutex_);  // By replica. An entry is its endpoint's alone.
  std::map<std::string, Time> preparing_ GUARDED_BY(mutex_);         // Since when, by chore.
  std::map<std::string, Room> rooms_ GUARDED_BY(mutex_);             // By endpoint, of those that asked.
};

}  // namespace sagebrush::sagemaker
