#include "sagemaker/processing/processing_job_kind.h"

#include "sagemaker/jobs/job_controller.h"
#include "sagemaker/processing/processing.h"
#include "sagemaker/processing/processing_container.h"

namespace sagebrush::sagemaker {
namespace {

constexpr Seconds kUploadInterval{5.0};

bool HasContinuousOutput(const store::Resource& job) {
  const Json* const outputs = Find(job.spec, "ProcessingOutputConfig.Outputs");
  return outputs != nullptr && std::ranges::any_of(outputs->as_array(), [](const Json& output) {
           return GetString(output, "S3Output.S3UploadMode") == "Continuous";
         });
}

}  // namespace

const JobForm& ProcessingJobForm() {
  static const JobForm form{.noun = ProcessingJobNoun(),
                            .resources = "ProcessingResources.ClusterConfig",
                            .image = "AppSpecification.ImageUri",
                            .role = "RoleArn",
                            .start_member = "ProcessingStartTime",
                            .end_member = "ProcessingEndTime",
                            .log_group = "/aws/sagemaker/ProcessingJobs",
                            .use = "processing",
                            .output = "Output",
                            .loss_advice = "",
                            .tracking = &ProcessingJobTracking()};
  return form;
}

const JobForm& ProcessingJobKind::Form() const { return ProcessingJobForm(); }

void ProcessingJobKind::PlaceInputs(const store::Resource& job, const std::stop_token& stop) const {
  ProcessingContainer(context_, job).Prepare(stop);
}

std::vector<std::string> ProcessingJobKind::Notices(const store::Resource&) const { return {}; }

runtime::WorkloadSpec ProcessingJobKind::Workload(const store::Resource& job, const runtime::Room& room,
                                                  const Path& log_file) const {
  return ProcessingContainer(context_, job).Workload(room, log_file);
}

bool ProcessingJobKind::HasWorkBeside(const store::Resource& job) const { return HasContinuousOutput(job); }

WorkBeside ProcessingJobKind::DoWorkBeside(const store::Resource& job, const std::stop_token& stop) const {
  ProcessingContainer(context_, job).UploadContinuousOutputs(stop);
  return {kUploadInterval, std::nullopt};
}

// Of a failure, AWS shows what the job wrote as its exit message, beside the reason.
std::string ProcessingJobKind::FailureText(const store::Resource&) const { return ""; }

void ProcessingJobKind::Collect(const store::Resource& job, JobOutcome& outcome, JsonObject& status,
                                const Notice& notice, const std::stop_token& stop) const {
  const ProcessingContainer container(context_, job);
  const std::optional<std::string> message = container.ExitMessage();
  if (message && !message->empty()) status["ExitMessage"] = *message;
  if (!message && outcome.result != JobResult::kFailed) {
    outcome = {JobResult::kFailed,
               "ClientError: What the job wrote to /opt/ml/output/message is not UTF-8 text. Write UTF-8 there."};
  }
  if (outcome.result != JobResult::kFailed) {
    container.UploadContinuousOutputs(stop);
    container.UploadOutputs(notice, stop);
    return;
  }
  try {
    container.UploadContinuousOutputs(stop);
  } catch (const Error& error) {
    if (stop.stop_requested()) throw;
    notice(std::string("The continuous outputs were not uploaded to their end: ") + error.what());  // It failed before.
  }
  container.DropOutputs();
}

void ProcessingJobKind::DropOutputs(const store::Resource& job) const {
  ProcessingContainer(context_, job).DropOutputs();
}

void ProcessingJobKind::Tell(store::Resource&, JobPhase, const std::string&, Time) const {}
void ProcessingJobKind::TellEnd(store::Resource&, const JobOutcome&, Time) const {}

std::unique_ptr<reconcile::Controller> MakeProcessingJobController(const Context& context) {
  return std::make_unique<JobController>(context, std::make_unique<ProcessingJobKind>(context));
}

}  // namespace sagebrush::sagemaker
