#include "sagemaker/jobs/job_step.h"

namespace sagebrush::sagemaker {

bool HasEnded(const store::Resource& job) {
  return job.state == "Completed" || job.state == "Failed" || job.state == "Stopped";
}

JobStep NextStep(const store::Resource& job, bool started, const std::optional<runtime::WorkloadState>& run) {
  using enum JobStep;
  if (HasEnded(job)) return run ? kCleanUp : kNothing;
  const bool stop = GetBool(job.spec, "Stop");
  if (!run) {
    if (started) return kReportLost;
    return stop ? kEndUnstarted : kStart;
  }
  if (!run->running) return kFinish;
  return stop ? kStop : kWatch;
}

}  // namespace sagebrush::sagemaker
