#pragma once

#include <stop_token>

#include "reconcile/controller.h"
#include "sagemaker/context.h"
#include "sagemaker/training/training_job_step.h"

namespace sagebrush::sagemaker {

// Takes a training job from created to ended: waits for room, lays out /opt/ml, runs it, collects what it made.
class TrainingJobController : public reconcile::Controller {
 public:
  explicit TrainingJobController(const Context& context) : context_(context) {}

  const std::string& Kind() const override;
  void Restore(const store::Resource& job) override;
  std::optional<Seconds> Reconcile(const store::Key& key) override;

 private:
  std::optional<Seconds> Start(const store::Resource& job);
  // Room for the job. False: it waits, or has ended for want of it.
  bool Reserve(const store::Resource& job, std::string& notice);
  std::optional<Seconds> Watch(const store::Resource& job, const runtime::WorkloadState& run, bool stop);
  void RecordStart(const store::Resource& job, const runtime::WorkloadState& run);
  std::optional<Seconds> Finish(const store::Resource& job, const runtime::WorkloadState& run);
  // Collects what the job made. A chore: its result is {State, SecondaryStatus, FailureReason, StatusMessage,
  // Artifacts, Metrics}.
  Json Collect(const store::Resource& job, const runtime::WorkloadState& run, const std::stop_token& stop) const;
  void CleanUp(const store::Resource& job);
  void Fail(const store::Resource& job, const std::string& reason);
  void End(store::Resource& job, const TrainingOutcome& outcome, Time ended);
  // Writes status and state; another writer's change of the spec (Stop, tags) is kept.
  void Write(const store::Resource& job, const std::function<void(store::Resource&)>& change);

  const Context& context_;
};

}  // namespace sagebrush::sagemaker
