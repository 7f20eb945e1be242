#include "sagemaker/jobs/job_outcome.h"

#include <string.h>  // sigabbrev_np

#include "sagemaker/failure_text.h"
#include "sagemaker/volume.h"

namespace sagebrush::sagemaker {
namespace {

// A shell's way to tell of a signal is 128 and its number, and so is the runtime's.
std::string ExitCodeText(int exit_code) {
  const char* const signal = exit_code > 128 ? ::sigabbrev_np(exit_code - 128) : nullptr;
  return signal == nullptr ? fmt::format("{}", exit_code) : fmt::format("{} (SIG{})", exit_code, signal);
}

// Of a program that ended by itself.
std::string ExitReasonText(const runtime::WorkloadState& run, const std::string& failure_text,
                           const std::string& last_lines) {
  const std::string& cause = failure_text.empty() ? last_lines : failure_text;
  // The built-in algorithms say themselves whose fault it is.
  const bool classified = failure_text.starts_with("ClientError: ") || failure_text.starts_with("AlgorithmError: ");
  std::string reason = fmt::format("{}{}{}exit code: {}", classified ? "" : "AlgorithmError: ", cause,
                                   cause.empty() ? "" : ", ", ExitCodeText(run.exit_code));
  if (!run.message.empty()) reason += fmt::format(". {}. Check the space on the server's disk.", run.message);
  return FailureReasonText(reason);
}

std::string ReasonOf(const JobForm& form, const store::Resource& job, const runtime::WorkloadState& run,
                     const std::string& failure_text, const std::string& last_lines) {
  using Reason = runtime::ExitReason;
  switch (run.reason) {
    case Reason::kOutOfMemory:
      return "AlgorithmError: The job used more memory than " + InstanceTypeOf(form, job) +
             " has and was ended. Choose an instance type with more memory, or load less data at once.";
    case Reason::kDiskFull:
      if (!run.message.empty()) return FailureReasonText("AlgorithmError: The job was ended: " + run.message + ".");
      return fmt::format(
          "AlgorithmError: The job wrote more than its volume of {} GB holds and was ended. Raise "
          "{}.VolumeSizeInGB, or write less.",
          VolumeGigabytes(job.spec, fmt::format("{}.VolumeSizeInGB", form.resources)), form.resources);
    case Reason::kStartFailed:
      return "InternalServerError: The job could not be started: " + run.message +
             " Run `sagebrush doctor` on the server to see what is missing.";
    case Reason::kSupervisorLost:
      return fmt::format(
          "InternalServerError: The process that supervised the job was killed, and the job was ended with it. "
          "Create the job again under a new name{}.",
          form.loss_advice);
    case Reason::kInputFailed:
      return FailureReasonText("ClientError: " + run.message);
    case Reason::kExited:
    case Reason::kStopped:
    case Reason::kTimedOut:
      break;
  }
  return ExitReasonText(run, failure_text, last_lines);
}

}  // namespace

std::string_view StateOf(JobResult result) {
  switch (result) {
    case JobResult::kCompleted:
      return "Completed";
    case JobResult::kFailed:
      return "Failed";
    case JobResult::kStopped:
    case JobResult::kRanTooLong:
    case JobResult::kWaitedTooLong:
      break;
  }
  return "Stopped";
}

JobOutcome OutcomeOf(const JobForm& form, const store::Resource& job, const runtime::WorkloadState& run,
                     const std::string& failure_text, const std::string& last_lines) {
  using Reason = runtime::ExitReason;
  if (run.reason == Reason::kStopped) return {JobResult::kStopped, ""};
  if (run.reason == Reason::kTimedOut) return {JobResult::kRanTooLong, ""};
  if (run.reason == Reason::kExited && run.exit_code == 0 && !form.serves) return {JobResult::kCompleted, ""};
  return {JobResult::kFailed, ReasonOf(form, job, run, failure_text, last_lines)};
}

JobOutcome FailureOf(const JobForm& form, const store::Resource& job, const ErrorKind& kind, std::string_view message,
                     std::string_view step) {
  // What SageMaker puts before a FailureReason: whose fault it was.
  const std::string_view fault = kind.fault == Fault::kClient ? "ClientError" : "InternalServerError";
  const std::string resource = form.noun.kind + "/" + job.key.name;
  return {JobResult::kFailed, fmt::format("{}: {}{}", fault, step, TextForUser(kind, message, resource))};
}

JobOutcome FailureOf(const JobForm& form, const store::Resource& job, const std::exception& failure,
                     std::string_view step) {
  const auto* const error = dynamic_cast<const Error*>(&failure);
  return FailureOf(form, job, error == nullptr ? kInternalFailure : error->kind(), failure.what(), step);
}

}  // namespace sagebrush::sagemaker
