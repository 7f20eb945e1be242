#include "sagemaker/processing/processing_job_kind.h"

#include "runtime/gang_network.h"
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
                            .output_key = "ProcessingOutputConfig.KmsKeyId",
                            .output = "Output",
                            .loss_advice = "",
                            .tracking = &ProcessingJobTracking(),
                            .hosts_max = runtime::kGangHostsMax};
  return form;
}

const JobForm& ProcessingJobKind::Form() const { return ProcessingJobForm(); }

void ProcessingJobKind::ForEachHost(const store::Resource& job,
                                    const std::function<void(const ProcessingContainer&)>& act) const {
  for (std::size_t i = 0; i < HostsOf(Form(), job); ++i) act(ProcessingContainer(context_, job, i));
}

void ProcessingJobKind::PlaceInputs(const store::Resource& job, const std::stop_token& stop) const {
  ForEachHost(job, [&](const ProcessingContainer& host) { host.Prepare(stop); });
}

std::vector<std::string> ProcessingJobKind::Notices(const store::Resource&) const { return {}; }

runtime::WorkloadSpec ProcessingJobKind::Workload(const store::Resource& job, std::size_t host,
                                                  const runtime::Room& room, const Path& log_file) const {
  return ProcessingContainer(context_, job, host).Workload(room, log_file);
}

bool ProcessingJobKind::HasWorkBeside(const store::Resource& job) const { return HasContinuousOutput(job); }

WorkBeside ProcessingJobKind::DoWorkBeside(const store::Resource& job, const std::stop_token& stop) const {
  ForEachHost(job, [&](const ProcessingContainer& host) { host.UploadContinuousOutputs(stop); });
  return {kUploadInterval, std::nullopt};
}

// Of a failure, AWS shows what the job wrote as its exit message, beside the reason.
std::string ProcessingJobKind::FailureText(const store::Resource&, std::size_t) const { return ""; }

std::optional<std::string> ProcessingJobKind::ExitMessage(const store::Resource& job) const {
  std::optional<std::string> first("");
  ForEachHost(job, [&](const ProcessingContainer& host) {
    const std::optional<std::string> message = host.ExitMessage();
    if (!message || (first && first->empty())) first = message;
  });
  return first;
}

void ProcessingJobKind::Collect(const store::Resource& job, JobOutcome& outcome, JsonObject& status,
                                const Notice& notice, const std::stop_token& stop) const {
  const std::optional<std::string> message = ExitMessage(job);
  if (message && !message->empty()) status["ExitMessage"] = *message;
  if (!message && outcome.result != JobResult::kFailed) {
    outcome = {JobResult::kFailed,
               "ClientError: What the job wrote to /opt/ml/output/message is not UTF-8 text. Write UTF-8 there."};
  }
  if (outcome.result != JobResult::kFailed) {
    ForEachHost(job, [&](const ProcessingContainer& host) {
      host.UploadContinuousOutputs(stop);
      host.UploadOutputs(notice, stop);
    });
    return;
  }
  try {
    DoWorkBeside(job, stop);
  } catch (const Error& error) {
    if (stop.stop_requested()) throw;
    notice(std::string("The continuous outputs were not uploaded to their end: ") + error.what());  // It failed before.
  }
  DropOutputs(job);
}

void ProcessingJobKind::DropOutputs(const store::Resource& job) const {
  ForEachHost(job, [](const ProcessingContainer& host) { host.DropOutputs(); });
}

void ProcessingJobKind::Tell(store::Resource&, JobPhase, const std::string&, Time) const {}
void ProcessingJobKind::TellEnd(store::Resource&, const JobOutcome&, Time) const {}

std::unique_ptr<reconcile::Controller> MakeProcessingJobController(const Context& context) {
  return std::make_unique<JobController>(context, std::make_unique<ProcessingJobKind>(context));
}

}  // namespace sagebrush::sagemaker
