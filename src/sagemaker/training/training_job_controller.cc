#include "sagemaker/training/training_job_controller.h"

#include <deque>

#include "base/line_file.h"
#include "base/log.h"
#include "runtime/capacity.h"
#include "sagemaker/failure_text.h"
#include "sagemaker/training/training.h"
#include "sagemaker/training/training_container.h"
#include "sagemaker/workload_keys.h"
#include "telemetry/log_store.h"
#include "telemetry/meter.h"
#include "telemetry/metric_definitions.h"

namespace sagebrush::sagemaker {
namespace {

constexpr Seconds kCheckpointInterval{5.0};
constexpr Seconds kStopGrace{120.0};
constexpr std::size_t kLastLines = 5;

std::string InstanceTypeOf(const store::Resource& job) { return GetString(job.spec, "ResourceConfig.InstanceType"); }

// Who was created first runs first.
std::string PlaceInLine(const store::Resource& job) { return ToIso8601(job.created, true); }

std::string NameOf(const store::Resource& job) { return "training-job/" + job.key.name; }

// The log of the job's instance; group and stream are created when missing.
Path LogFileOf(const Context& context, const store::Resource& job) {
  return context.logs.StreamFile(job.key.account, job.key.region, std::string(kTrainingLogGroup),
                                 TrainingLogStream(job));
}

void AppendNotices(const Context& context, const Path& log_file, const std::vector<std::string>& notices) {
  if (notices.empty()) return;
  LineFileWriter writer(log_file);
  const Time now = context.clock.Now();
  for (const std::string& notice : notices) writer.Append(now, now, notice);
}

std::string LastLines(const Path& log_file) {
  std::deque<std::string> lines;
  ReadLines(log_file, 0, [&](const LogLine& line) {
    lines.push_back(line.message);
    if (lines.size() > kLastLines) lines.pop_front();
    return true;
  });
  return fmt::format("{}", fmt::join(lines, "\n"));
}

// FinalMetricDataList: the last value of each metric in the log.
JsonArray FinalMetrics(const store::Resource& job, const Path& log_file) {
  telemetry::MetricDefinitions metrics(job.spec.at("AlgorithmSpecification").at("MetricDefinitions"));
  ReadLines(log_file, 0, [&](const LogLine& line) {
    metrics.Feed(line.time, line.message);
    return true;
  });
  JsonArray list;
  for (const auto& metric : metrics.Final()) {
    list.push_back({{"MetricName", metric.name}, {"Value", metric.value}, {"Timestamp", metric.time.ToEpochSeconds()}});
  }
  return list;
}

// What SageMaker puts before a FailureReason: whose fault it was.
std::string_view FaultOf(const std::exception& exception) {
  const auto* error = dynamic_cast<const Error*>(&exception);
  return error != nullptr && error->kind().fault == Fault::kClient ? "ClientError" : "InternalServerError";
}

std::int64_t WholeSeconds(Milliseconds duration) { return std::max<std::int64_t>(1, (duration.count() + 999) / 1000); }

}  // namespace

const std::string& TrainingJobController::Kind() const { return TrainingJobNoun().kind; }

void TrainingJobController::Write(const store::Resource& job, const std::function<void(store::Resource&)>& change) {
  Change(context_, TrainingJobNoun(), job.key, [&](store::Resource& stored) {
    if (stored.uid == job.uid) change(stored);
  });
}

std::optional<Seconds> TrainingJobController::Reconcile(const store::Key& key) {
  const auto job = context_.store.Get(key);
  if (job == nullptr) return std::nullopt;
  const auto run = context_.runtime.Inspect(job->uid);
  switch (NextStep(*job, run)) {
    case TrainingJobStep::kNothing:
      return std::nullopt;
    case TrainingJobStep::kCleanUp:
      CleanUp(*job);
      return std::nullopt;
    case TrainingJobStep::kStart:
      return Start(*job);
    case TrainingJobStep::kEndUnstarted:
      Write(*job, [&](store::Resource& ended) {
        End(ended, {"Stopped", "Stopped", "", "Training job stopped"}, context_.clock.Now());
      });
      CleanUp(*job);  // It may have waited in line.
      return std::nullopt;
    case TrainingJobStep::kReportLost:
      Fail(*job, "InternalServerError: The files of the running job are gone from this machine. Create the job again.");
      return std::nullopt;
    case TrainingJobStep::kWatch:
      return Watch(*job, *run, false);
    case TrainingJobStep::kStop:
      return Watch(*job, *run, true);
    case TrainingJobStep::kFinish:
      Finish(*job, *run);
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Seconds> TrainingJobController::Start(const store::Resource& job) {
  context_.workload_keys.Set(job.uid, job.key);
  const auto reservation = context_.capacity.TryReserve(job.uid, InstanceTypeOf(job), PlaceInLine(job));
  if (!reservation.room) {
    const auto& transitions = job.status.at("SecondaryStatusTransitions").as_array();
    if (GetString(transitions.back(), "StatusMessage") != reservation.message) {
      Write(job, [&](store::Resource& waiting) {
        RecordTransition(waiting, "Starting", reservation.message, context_.clock.Now());
      });
    }
    return std::nullopt;  // The capacity wakes who is next in line.
  }
  const TrainingContainer container(context_, job);
  try {
    const Path log_file = LogFileOf(context_, job);
    std::vector<std::string> notices = container.Notices();
    if (!reservation.message.empty()) notices.insert(notices.begin(), "[sagebrush] " + reservation.message);
    container.Prepare();
    AppendNotices(context_, log_file, notices);
    context_.runtime.Start(job.uid, container.Workload(*reservation.room, log_file));
  } catch (const std::exception& error) {
    Fail(job, fmt::format("{}: {}", FaultOf(error), TextForUser(error, NameOf(job))));
    return std::nullopt;
  }
  return Seconds(0);  // Now running: look again at once, to record it.
}

std::optional<Seconds> TrainingJobController::Watch(const store::Resource& job, const runtime::WorkloadState& run,
                                                    bool stop) {
  context_.workload_keys.Set(job.uid, job.key);
  if (stop) context_.runtime.Stop(job.uid, kStopGrace);
  if (run.started.milliseconds == 0) return std::nullopt;  // The runtime tells when it has started.
  if (Find(job.status, "TrainingStartTime") == nullptr) {
    context_.meter.Begin(job.uid,
                         {.account = job.key.account,
                          .region = job.key.region,
                          .arn = ArnOf(TrainingJobNoun(), job.key),
                          .use = "training",
                          .instance_type = InstanceTypeOf(job),
                          .count = 1},
                         run.started);
    Write(job, [&](store::Resource& started) {
      RecordTransition(started, "Downloading", "Downloading input data", started.created);
      RecordTransition(started, "Training", "Training image download completed. Training in progress.", run.started);
      started.status.as_object()["TrainingStartTime"] = run.started.ToEpochSeconds();
    });
  }
  if (stop && GetString(job.status, "SecondaryStatus") != "Stopping") {
    Write(job, [&](store::Resource& stopping) {
      RecordTransition(stopping, "Stopping", "Stopping the training job", context_.clock.Now());
    });
  }
  if (Find(job.spec, "CheckpointConfig") == nullptr) return std::nullopt;
  TrainingContainer(context_, job).SaveCheckpoints();
  return kCheckpointInterval;
}

void TrainingJobController::End(store::Resource& job, const TrainingOutcome& outcome, Time ended) {
  JsonObject& status = job.status.as_object();
  job.state = outcome.state;
  RecordTransition(job, outcome.secondary_status, outcome.status_message, ended);
  status["SecondaryStatusTransitions"].as_array().back().as_object()["EndTime"] = ended.ToEpochSeconds();
  status["TrainingEndTime"] = ended.ToEpochSeconds();
  if (!outcome.failure_reason.empty()) {
    status["FailureReason"] = FailureReasonText(WithoutPathsBelow(outcome.failure_reason, context_.data));
  }
  if (const Json* started = status.if_contains("TrainingStartTime")) {
    const std::int64_t seconds = WholeSeconds(ended - Time::FromEpochSeconds(started->to_number<double>()));
    status["TrainingTimeInSeconds"] = seconds;
    status["BillableTimeInSeconds"] = seconds;
  }
}

void TrainingJobController::Fail(const store::Resource& job, const std::string& reason) {
  Write(job, [&](store::Resource& failed) {
    End(failed, {"Failed", "Failed", reason, "Training job failed"}, context_.clock.Now());
  });
  CleanUp(job);
}

void TrainingJobController::Finish(const store::Resource& job, const runtime::WorkloadState& run) {
  const TrainingContainer container(context_, job);
  const Path log_file = LogFileOf(context_, job);
  TrainingOutcome outcome = OutcomeOf(job, run, container.FailureFile(), LastLines(log_file));
  if (outcome.state == "Failed") container.DropOutput();
  Watch(job, run, false);  // A job may have ended before its start was recorded.
  if (outcome.state != "Failed" && container.HasLargeOutput()) {
    Write(job, [&](store::Resource& uploading) {
      RecordTransition(uploading, "Uploading", "Uploading generated training model", context_.clock.Now());
    });
  }
  std::string artifacts;
  JsonArray metrics;
  try {
    container.SaveCheckpoints();
    metrics = FinalMetrics(job, log_file);
    std::vector<std::string> notices;
    if (outcome.state != "Failed") {
      artifacts = container.Upload({}, [&](const std::string& line) { notices.push_back("[sagebrush] " + line); });
    }
    AppendNotices(context_, log_file, notices);
  } catch (const std::exception& error) {
    outcome = {"Failed", "Failed",
               fmt::format("{}: Artifact upload failed: {}", FaultOf(error), TextForUser(error, NameOf(job))),
               "Training job failed"};
  }
  const Time ended = context_.clock.Now();
  context_.meter.End(job.uid, ended);
  Write(job, [&](store::Resource& finished) {
    JsonObject& status = finished.status.as_object();
    if (!artifacts.empty()) {
      RecordTransition(finished, "Uploading", "Uploading generated training model", run.ended);
      status["ModelArtifacts"] = {{"S3ModelArtifacts", artifacts}};
    }
    if (!metrics.empty()) status["FinalMetricDataList"] = metrics;
    End(finished, outcome, ended);
  });
  CleanUp(job);
}

void TrainingJobController::CleanUp(const store::Resource& job) {
  context_.runtime.Remove(job.uid);
  context_.capacity.Release(job.uid);
  context_.workload_keys.Remove(job.uid);
  context_.meter.End(job.uid, context_.clock.Now());
  TrainingContainer(context_, job).Remove();
}

void RestoreTrainingJobCapacity(const Context& context, const store::Resource& job) {
  const auto run = context.runtime.Inspect(job.uid);
  if (run && run->running) context.capacity.Restore(job.uid, InstanceTypeOf(job));
  if (NextStep(job, run) == TrainingJobStep::kStart) {
    context.capacity.Queue(job.uid, InstanceTypeOf(job), PlaceInLine(job));
  }
}

std::unique_ptr<reconcile::Controller> MakeTrainingJobController(const Context& context) {
  return std::make_unique<TrainingJobController>(context);
}

}  // namespace sagebrush::sagemaker
