#include "sagemaker/training/training_job_step.h"

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

std::string ReasonOf(const store::Resource& job, const runtime::WorkloadState& run, const std::string& failure_file,
                     const std::string& last_lines) {
  const std::string instance = GetString(job.spec, "ResourceConfig.InstanceType");
  using Reason = runtime::ExitReason;
  switch (run.reason) {
    case Reason::kOutOfMemory:
      return "AlgorithmError: The job used more memory than " + instance +
             " has and was ended. Choose an instance type with more memory, or load less data at once.";
    case Reason::kDiskFull:
      if (!run.message.empty()) return FailureReasonText("AlgorithmError: The job was ended: " + run.message + ".");
      return fmt::format(
          "AlgorithmError: The job wrote more than its volume of {} GB holds and was ended. Raise "
          "ResourceConfig.VolumeSizeInGB, or write less.",
          VolumeGigabytes(job.spec, "ResourceConfig.VolumeSizeInGB"));
    case Reason::kStartFailed:
      return "InternalServerError: The job could not be started: " + run.message +
             " Run `sagebrush doctor` on the server to see what is missing.";
    case Reason::kSupervisorLost:
      return "InternalServerError: The process that supervised the job was killed, and the job was ended with it. "
             "Create the job again under a new name; with checkpoints it goes on from the last one.";
    case Reason::kExited:
    case Reason::kStopped:
    case Reason::kTimedOut:
      break;
  }
  const std::string& cause = failure_file.empty() ? last_lines : failure_file;
  // The built-in algorithms say themselves whose fault it is.
  const bool classified = failure_file.starts_with("ClientError: ") || failure_file.starts_with("AlgorithmError: ");
  std::string reason = fmt::format("{}{}{}exit code: {}", classified ? "" : "AlgorithmError: ", cause,
                                   cause.empty() ? "" : ", ", ExitCodeText(run.exit_code));
  if (!run.message.empty()) reason += fmt::format(". {}. Check the space on the server's disk.", run.message);
  return FailureReasonText(reason);
}

}  // namespace

bool HasEnded(const store::Resource& job) {
  return job.state == "Completed" || job.state == "Failed" || job.state == "Stopped";
}

TrainingJobStep NextStep(const store::Resource& job, const std::optional<runtime::WorkloadState>& run) {
  using enum TrainingJobStep;
  if (HasEnded(job)) return run ? kCleanUp : kNothing;
  const bool stop = GetBool(job.spec, "Stop");
  if (!run) {
    if (Find(job.status, "TrainingStartTime") != nullptr) return kReportLost;
    return stop ? kEndUnstarted : kStart;
  }
  if (!run->running) return kFinish;
  return stop ? kStop : kWatch;
}

TrainingOutcome OutcomeOf(const store::Resource& job, const runtime::WorkloadState& run,
                          const std::string& failure_file, const std::string& last_lines) {
  using Reason = runtime::ExitReason;
  if (run.reason == Reason::kStopped) return {"Stopped", "Stopped", "", "Training job stopped"};
  if (run.reason == Reason::kTimedOut) {
    return {"Stopped", "MaxRuntimeExceeded", "",
            fmt::format("Training job runtime exceeded MaxRuntimeInSeconds ({})",
                        GetInt(job.spec, "StoppingCondition.MaxRuntimeInSeconds"))};
  }
  if (run.reason == Reason::kExited && run.exit_code == 0)
    return {"Completed", "Completed", "", "Training job completed"};
  return {"Failed", "Failed", ReasonOf(job, run, failure_file, last_lines), "Training job failed"};
}

void RecordTransition(store::Resource& job, const std::string& status, const std::string& message, Time now) {
  JsonObject& object = job.status.as_object();
  object["SecondaryStatus"] = status;  // Before references into the object are taken: a new member moves the others.
  Json& list = object["SecondaryStatusTransitions"];
  if (!list.is_array()) list.emplace_array();
  JsonArray& transitions = list.as_array();
  if (!transitions.empty() && GetString(transitions.back(), "Status") == status) {
    transitions.back().as_object()["StatusMessage"] = message;  // The same phase, told in more detail.
    return;
  }
  if (!transitions.empty()) transitions.back().as_object()["EndTime"] = now.ToEpochSeconds();
  transitions.push_back({{"Status", status}, {"StartTime", now.ToEpochSeconds()}, {"StatusMessage", message}});
}

}  // namespace sagebrush::sagemaker
