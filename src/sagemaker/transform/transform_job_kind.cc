#include "sagemaker/transform/transform_job_kind.h"

#include "sagemaker/hosting/health_check.h"
#include "sagemaker/jobs/job_controller.h"
#include "sagemaker/transform/transform.h"
#include "sagemaker/transform/transform_run.h"

namespace sagebrush::sagemaker {
namespace {

constexpr Seconds kStartTimeMax{240};  // /ping must succeed within 4 minutes of start.
constexpr Seconds kPingInterval{0.05};

}  // namespace

const JobForm& TransformJobForm() {
  static const JobForm form{.noun = TransformJobNoun(),
                            .resources = "TransformResources",
                            .image = "Variant.Container.Image",
                            .role = "Variant.ExecutionRoleArn",
                            .start_member = "TransformStartTime",
                            .end_member = "TransformEndTime",
                            .log_group = "/aws/sagemaker/TransformJobs",
                            .use = "transform",
                            .output_key = "TransformOutput.KmsKeyId",
                            .output = "Output",
                            .loss_advice = "",
                            .tracking = nullptr,
                            .serves = true};
  return form;
}

const JobForm& TransformJobKind::Form() const { return TransformJobForm(); }

void TransformJobKind::PlaceInputs(const store::Resource& job, const std::stop_token& stop) const {
  TransformFiles(context_, job).Prepare(stop);
}

std::vector<std::string> TransformJobKind::Notices(const store::Resource&) const { return {}; }

runtime::WorkloadSpec TransformJobKind::Workload(const store::Resource& job, std::size_t, const runtime::Room& room,
                                                 const Path& log_file) const {
  return TransformFiles(context_, job).Workload(room, log_file);
}

bool TransformJobKind::HasWorkBeside(const store::Resource&) const { return true; }

WorkBeside TransformJobKind::DoWorkBeside(const store::Resource& job, const std::stop_token& stop) const {
  const TransformFiles files(context_, job);
  if (!files.IsReady()) {
    if (!AnswersPing(context_.runtime, job.uid, stop)) {
      const Time started = Time::FromEpochSeconds(GetDouble(job.status, Form().start_member));
      if (Seconds(context_.clock.Now() - started) < kStartTimeMax) return {kPingInterval, std::nullopt};
      return {{},
              JobOutcome{JobResult::kFailed,
                         "AlgorithmError: The model server did not answer GET /ping with 200 within 4 minutes of its "
                         "start. Its log tells why."}};
    }
    files.SetReady();
  }
  return {{}, TransformRun(context_, job, stop).Run()};
}

std::string TransformJobKind::FailureText(const store::Resource&, std::size_t) const { return ""; }

void TransformJobKind::Collect(const store::Resource&, JobOutcome&, JsonObject&, const Notice&,
                               const std::stop_token&) const {}

void TransformJobKind::DropOutputs(const store::Resource&) const {}

void TransformJobKind::Tell(store::Resource&, JobPhase, const std::string&, Time) const {}
void TransformJobKind::TellEnd(store::Resource&, const JobOutcome&, Time) const {}

std::unique_ptr<reconcile::Controller> MakeTransformJobController(const Context& context) {
  return std::make_unique<JobController>(context, std::make_unique<TransformJobKind>(context));
}

}  // namespace sagebrush::sagemaker
