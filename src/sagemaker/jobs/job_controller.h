#pragma once

#include <memory>
#include <stop_token>

#include "reconcile/chores.h"
#include "reconcile/controller.h"
#include "sagemaker/context.h"
#include "sagemaker/jobs/job_kind.h"

namespace sagebrush::sagemaker {

// Takes a job of any kind from created to ended: waits for room, lays out its inputs, runs its workloads, saves its
// progress, collects what it made, deletes what is left. Each kind has chore lanes of its own, so that one kind's
// uploads hold no other's.
class JobController : public reconcile::Controller {
 public:
  JobController(const Context& context, std::unique_ptr<const JobKind> kind);

  const std::string& Kind() const override;
  void Restore(const store::Resource& job) override;
  std::optional<Seconds> Reconcile(const store::Key& key) override;

 private:
  bool HasStarted(const store::Resource& job) const;
  // nullopt: it was not started, or not all of it; or nothing is left of it.
  std::optional<JobRun> Inspect(const store::Resource& job) const;
  // Calls `act` with the workload of each host, the first host's last.
  void ForEachWorkload(const store::Resource& job, const std::function<void(const std::string& id)>& act) const;
  void Own(const store::Resource& job) const;
  void StopWorkloads(const store::Resource& job, Seconds grace) const;
  runtime::Claim ClaimOf(const store::Resource& job) const;
  Path LogFileOf(const store::Resource& job, std::size_t host) const;
  void AppendNotices(const store::Resource& job, const std::vector<std::string>& notices) const;

  std::optional<Seconds> Start(const store::Resource& job);
  // Its image, ready to be run. False: that is being made, or the job has ended for want of it.
  bool AwaitImage(const store::Resource& job);
  void StartWorkloads(const store::Resource& job) const;
  // Room for the job. False: it waits, or has ended for want of it.
  bool Reserve(const store::Resource& job, std::string& notice);
  std::optional<Seconds> Watch(const store::Resource& job, const JobRun& run, bool stop);
  // Work beside the running workload, as its kind asks for.
  std::optional<Seconds> WorkBesideIt(const store::Resource& job);
  void RecordStart(const store::Resource& job, const runtime::WorkloadState& run);
  std::optional<Seconds> Finish(const store::Resource& job, const JobRun& run);
  std::optional<Seconds> TellOfOutputs(const store::Resource& job, const runtime::WorkloadState& run);
  // Collects what the job made. A chore: its result is {Result, Reason, Status}.
  Json Collect(const store::Resource& job, const JobRun& run, const std::stop_token& stop) const;
  void CleanUp(const store::Resource& job);

  void EndNow(const store::Resource& job, const JobOutcome& outcome);
  // How its kind said that the work is done.
  static std::optional<JobOutcome> EndOfWork(const store::Resource& job);
  void RecordEnd(store::Resource& job, const JobOutcome& outcome, Time ended) const;
  void Tell(const store::Resource& job, JobPhase phase, const std::string& message, Time when);
  // Writes status and state; another writer's change of the spec (Stop, tags) is kept.
  void Write(const store::Resource& job, const std::function<void(store::Resource&)>& change);

  const Context& context_;
  const std::unique_ptr<const JobKind> kind_;
  const JobForm& form_;
  const std::string inputs_name_, beside_name_, outputs_name_, remains_name_;
  // Many small jobs end at a time, and most of an upload is waiting for the disk. Packing gives way to all else.
  const reconcile::ChoreLane inputs_{inputs_name_, 8};
  const reconcile::ChoreLane beside_;
  const reconcile::ChoreLane outputs_{outputs_name_, 8, 19, true};
  const reconcile::ChoreLane remains_{remains_name_, 4};
};

}  // namespace sagebrush::sagemaker
