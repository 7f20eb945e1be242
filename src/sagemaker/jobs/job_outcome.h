#pragma once

#include <string>

#include "runtime/runtime.h"
#include "sagemaker/jobs/job_form.h"

namespace sagebrush::sagemaker {

enum class JobResult { kCompleted, kFailed, kStopped, kRanTooLong, kWaitedTooLong };

// How a job ends.
struct JobOutcome {
  JobResult result = JobResult::kCompleted;
  std::string reason;  // kFailed: the FailureReason. kWaitedTooLong: what it waited for.
};

// The state that the result is told as: Completed, Failed or Stopped.
std::string_view StateOf(JobResult result);

// How a job ends whose workload has exited. `failure_text`: what it wrote of its failure itself (/opt/ml/output/failure
// of a training job); `last_lines`: the end of its log.
JobOutcome OutcomeOf(const JobForm& form, const store::Resource& job, const runtime::WorkloadState& run,
                     const std::string& failure_text, const std::string& last_lines);

// The outcome of a job whose input, start or output failed with this error. `step`: "Artifact upload failed: ", or
// nothing.
JobOutcome FailureOf(const JobForm& form, const store::Resource& job, const ErrorKind& kind, std::string_view message,
                     std::string_view step = "");
JobOutcome FailureOf(const JobForm& form, const store::Resource& job, const std::exception& failure,
                     std::string_view step = "");

}  // namespace sagebrush::sagemaker
