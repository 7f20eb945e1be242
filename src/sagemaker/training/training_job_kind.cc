#include "sagemaker/training/training_job_kind.h"

#include <cmath>
#include <map>

#include "base/line_file.h"
#include "base/log.h"
#include "sagemaker/experiments/metrics.h"
#include "sagemaker/jobs/job_controller.h"
#include "sagemaker/training/secondary_status.h"
#include "sagemaker/training/training.h"
#include "sagemaker/training/training_container.h"
#include "telemetry/log_store.h"
#include "telemetry/metric.h"
#include "telemetry/metric_definitions.h"
#include "telemetry/metric_store.h"

namespace sagebrush::sagemaker {
namespace {

constexpr Seconds kCheckpointInterval{5.0};

// The metrics of the job's log, whole.
telemetry::MetricDefinitions MetricsOf(const store::Resource& job, const Path& log_file) {
  telemetry::MetricDefinitions metrics(job.spec.at("AlgorithmSpecification").at("MetricDefinitions"));
  ReadLines(log_file, 0, [&](const LogLine& line) {
    metrics.Feed(line.time, line.message);
    return true;
  });
  return metrics;
}

// The last value of each metric and, for the job's trial component, a summary of all.
void TellMetrics(const store::Resource& job, const telemetry::MetricDefinitions& metrics, JsonObject& status) {
  JsonArray list, summaries;
  for (const auto& metric : metrics.Final()) {
    list.push_back({{"MetricName", metric.name}, {"Value", metric.value}, {"Timestamp", metric.time.ToEpochSeconds()}});
    Moments moments;
    for (const auto& point : metrics.Series(metric.name)) moments.Add(point.time, point.value);
    summaries.emplace_back(SummaryOf(metric.name, ArnOf(TrainingJobNoun(), job.key), moments));
  }
  if (list.empty()) return;
  status["FinalMetricDataList"] = std::move(list);
  if (Find(job.spec, "ExperimentConfig") != nullptr) status["MetricSummaries"] = std::move(summaries);
}

// All values of each metric, for CloudWatch, where SDKs look for them (TrainingJobAnalytics of SageMaker's Python SDK):
// docs.aws.amazon.com/sagemaker/latest/dg/training-metrics.html. What CloudWatch does not take is no failure of the
// job.
void PublishMetrics(const Context& context, const store::Resource& job, const telemetry::MetricDefinitions& metrics) {
  std::vector<telemetry::MetricDatum> data;
  for (const telemetry::FinalMetric& metric : metrics.Final()) {
    std::map<Time, telemetry::Datapoint> minutes;
    for (const auto& [time, value] : metrics.Series(metric.name)) {
      if (std::isfinite(value)) minutes[telemetry::RoundedDown(time, std::chrono::seconds(60))].Add(value);
    }
    const telemetry::Metric name{job.key.account,
                                 job.key.region,
                                 "/aws/sagemaker/TrainingJobs",
                                 metric.name,
                                 {{"TrainingJobName", GetString(job.spec, "TrainingJobName")}}};
    for (auto& [minute, values] : minutes) data.push_back({name, minute, "None", std::move(values)});
  }
  if (data.empty()) return;
  try {
    context.metrics.PublishOnce(job.uid, data);
  } catch (const Error& error) {
    LogWarning("The metrics of {} are in no plot: {}", GetString(job.spec, "TrainingJobName"), error.what());
  }
}

// Only what is read in File mode is waited for.
bool Downloads(const Json& spec) {
  const Json* const channels = Find(spec, "InputDataConfig");
  return channels == nullptr || std::ranges::any_of(channels->as_array(), [&](const Json& channel) {
           return ModeOfChannel(spec, channel) == InputMode::kFile;
         });
}

struct Telling {
  std::string secondary_status, message;
};

Telling TellingOf(const store::Resource& job, const JobOutcome& outcome) {
  switch (outcome.result) {
    case JobResult::kCompleted:
      return {"Completed", "Training job completed"};
    case JobResult::kFailed:
      return {"Failed", "Training job failed"};
    case JobResult::kStopped:
      return {"Stopped", "Training job stopped"};
    case JobResult::kWaitedTooLong:
      return {"MaxWaitTimeExceeded", outcome.reason};
    case JobResult::kRanTooLong:
      break;
  }
  return {"MaxRuntimeExceeded", fmt::format("Training job runtime exceeded MaxRuntimeInSeconds ({})",
                                            GetInt(job.spec, "StoppingCondition.MaxRuntimeInSeconds"))};
}

std::int64_t WholeSeconds(Milliseconds duration) { return std::max<std::int64_t>(1, (duration.count() + 999) / 1000); }

}  // namespace

const JobForm& TrainingJobForm() {
  static const JobForm form{.noun = TrainingJobNoun(),
                            .resources = "ResourceConfig",
                            .image = "AlgorithmSpecification.TrainingImage",
                            .role = "RoleArn",
                            .start_member = "TrainingStartTime",
                            .end_member = "TrainingEndTime",
                            .log_group = "/aws/sagemaker/TrainingJobs",
                            .use = "training",
                            .output_key = "OutputDataConfig.KmsKeyId",
                            .output = "Artifact",
                            .loss_advice = "; with checkpoints it goes on from the last one",
                            .tracking = &TrainingJobTracking()};
  return form;
}

const JobForm& TrainingJobKind::Form() const { return TrainingJobForm(); }

void TrainingJobKind::PlaceInputs(const store::Resource& job, const std::stop_token& stop) const {
  TrainingContainer(context_, job).Prepare(stop);
}

std::vector<std::string> TrainingJobKind::Notices(const store::Resource& job) const {
  std::vector<std::string> notices;
  const auto notice = [&](const char* member, const char* text) {
    if (Find(job.spec, member) != nullptr) notices.emplace_back(text);
  };
  notice("DebugHookConfig", "DebugHookConfig: Debugger is not built; no tensors are saved.");
  if (!GetBool(job.spec, "ProfilerConfig.DisableProfiler")) {
    notice("ProfilerConfig", "ProfilerConfig: the profiler is not built; nothing is profiled.");
  }
  if (GetBool(job.spec, "EnableManagedSpotTraining")) {
    notice("EnableManagedSpotTraining",
           "EnableManagedSpotTraining: this machine is never taken away; the full time is billed.");
  }
  return notices;
}

runtime::WorkloadSpec TrainingJobKind::Workload(const store::Resource& job, std::size_t, const runtime::Room& room,
                                                const Path& log_file) const {
  return TrainingContainer(context_, job).Workload(room, log_file);
}

bool TrainingJobKind::HasWorkBeside(const store::Resource& job) const {
  return Find(job.spec, "CheckpointConfig") != nullptr;
}

WorkBeside TrainingJobKind::DoWorkBeside(const store::Resource& job, const std::stop_token& stop) const {
  TrainingContainer(context_, job).SaveCheckpoints(stop);
  return {kCheckpointInterval, std::nullopt};
}

std::string TrainingJobKind::FailureText(const store::Resource& job, std::size_t) const {
  return TrainingContainer(context_, job).FailureFile();
}

void TrainingJobKind::Collect(const store::Resource& job, JobOutcome& outcome, JsonObject& status, const Notice& notice,
                              const std::stop_token& stop) const {
  const TrainingContainer container(context_, job);
  const bool failed = outcome.result == JobResult::kFailed;
  if (failed) container.DropOutput();
  container.SaveCheckpoints(stop);
  const Path log_file = context_.logs.StreamFile(job.key.account, job.key.region, std::string(Form().log_group),
                                                 LogStreamOf(Form(), job));
  const telemetry::MetricDefinitions metrics = MetricsOf(job, log_file);
  TellMetrics(job, metrics, status);
  PublishMetrics(context_, job, metrics);
  if (!failed) status["ModelArtifacts"] = {{"S3ModelArtifacts", container.Upload(stop, notice)}};
}

void TrainingJobKind::DropOutputs(const store::Resource& job) const { TrainingContainer(context_, job).DropOutput(); }

void TrainingJobKind::Tell(store::Resource& job, JobPhase phase, const std::string& message, Time when) const {
  switch (phase) {
    case JobPhase::kWaiting:
      RecordTransition(job, "Starting", message, when);
      return;
    case JobPhase::kImage:
      RecordTransition(job, "Starting", "Preparing the instances for training: " + message, when);
      return;
    case JobPhase::kRunning:
      if (Downloads(job.spec)) RecordTransition(job, "Downloading", "Downloading input data", job.created);
      RecordTransition(job, "Training", "Training image download completed. Training in progress.", when);
      return;
    case JobPhase::kStopping:
      RecordTransition(job, "Stopping", "Stopping the training job", when);
      return;
    case JobPhase::kOutputs:
      RecordTransition(job, "Uploading", "Uploading generated training model", when);
      return;
  }
}

void TrainingJobKind::TellEnd(store::Resource& job, const JobOutcome& outcome, Time ended) const {
  const Telling telling = TellingOf(job, outcome);
  RecordTransition(job, telling.secondary_status, telling.message, ended);
  JsonObject& status = job.status.as_object();
  status["SecondaryStatusTransitions"].as_array().back().as_object()["EndTime"] = ended.ToEpochSeconds();
  if (const Json* started = status.if_contains(Form().start_member)) {
    const std::int64_t seconds = WholeSeconds(ended - Time::FromEpochSeconds(started->to_number<double>()));
    status["TrainingTimeInSeconds"] = seconds;
    status["BillableTimeInSeconds"] = seconds;
  }
}

std::unique_ptr<reconcile::Controller> MakeTrainingJobController(const Context& context) {
  return std::make_unique<JobController>(context, std::make_unique<TrainingJobKind>(context));
}

}  // namespace sagebrush::sagemaker
