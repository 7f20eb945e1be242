#pragma once

#include "sagemaker/jobs/job_kind.h"

namespace sagebrush::sagemaker {

// A transform job: a model server as an endpoint has it, to which the job's inputs are sent (TransformRun) until all
// are done. Their outputs are stored one by one, so that nothing is left to upload at its end.
class TransformJobKind : public JobKind {
 public:
  explicit TransformJobKind(const Context& context) : context_(context) {}

  const JobForm& Form() const override;
  void PlaceInputs(const store::Resource& job, const std::stop_token& stop) const override;
  std::vector<std::string> Notices(const store::Resource& job) const override;
  runtime::WorkloadSpec Workload(const store::Resource& job, std::size_t host, const runtime::Room& room,
                                 const Path& log_file) const override;
  bool HasWorkBeside(const store::Resource& job) const override;
  WorkBeside DoWorkBeside(const store::Resource& job, const std::stop_token& stop) const override;
  std::string FailureText(const store::Resource& job, std::size_t host) const override;
  void Collect(const store::Resource& job, JobOutcome& outcome, JsonObject& status, const Notice& notice,
               const std::stop_token& stop) const override;
  void DropOutputs(const store::Resource& job) const override;
  void Tell(store::Resource& job, JobPhase phase, const std::string& message, Time when) const override;
  void TellEnd(store::Resource& job, const JobOutcome& outcome, Time ended) const override;

 private:
  const Context& context_;
};

}  // namespace sagebrush::sagemaker
