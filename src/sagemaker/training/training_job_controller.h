#pragma once

#include "reconcile/controller.h"
#include "sagemaker/context.h"
#include "sagemaker/training/training_job_step.h"

namespace sagebrush::sagemaker {

// Takes a training job from created to ended: waits for room, lays out /opt/ml, runs it, collects what it made.
class TrainingJobController : public reconcile::Controller {
 public:
  explicit TrainingJobController(const Context& context) : context_(context) {}

  const std::string& Kind() const override;
  std::optional<Seconds> Reconcile(const store::Key& key) override;

 private:
  std::optional<Seconds> Start(const store::Resource& job);
  std::optional<Seconds> Watch(const store::Resource& job, const runtime::WorkloadState& run, bool stop);
  void Finish(const store::Resource& job, const runtime::WorkloadState& run);
  void CleanUp(const store::Resource& job);
  void Fail(const store::Resource& job, const std::string& reason);
  void End(store::Resource& job, const TrainingOutcome& outcome, Time ended);
  // Writes status and state; another writer's change of the spec (Stop, tags) is kept.
  void Write(const store::Resource& job, const std::function<void(store::Resource&)>& change);

  const Context& context_;
};

}  // namespace sagebrush::sagemaker
