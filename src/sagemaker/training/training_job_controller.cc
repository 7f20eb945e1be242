#include "sagemaker/training/training_job_controller.h"

#include "base/line_file.h"
#include "base/log.h"
#include "reconcile/chores.h"
#include "runtime/capacity.h"
#include "sagemaker/failure_text.h"
#include "sagemaker/last_lines.h"
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
constexpr Seconds kCapacityRetry{10.0};  // Besides being told.
constexpr Seconds kQuickUpload{0.1};     // What takes longer is told as a phase of its own.

// Many small jobs end at a time, and most of an upload is waiting for the disk. Packing gives way to all else.
constexpr reconcile::ChoreLane kInputs{"training inputs", 8};
constexpr reconcile::ChoreLane kCheckpoints{"checkpoints", 4};
constexpr reconcile::ChoreLane kOutputs{"training outputs", 8, 19, true};
constexpr reconcile::ChoreLane kRemains{"ended jobs", 4};

std::string ChoresOf(const store::Resource& job) { return "job/" + job.uid + "/"; }

std::string InstanceTypeOf(const store::Resource& job) { return GetString(job.spec, "ResourceConfig.InstanceType"); }

// Who was created first runs first.
runtime::Claim ClaimOf(const store::Resource& job) {
  return {{{InstanceTypeOf(job), 1}}, ToIso8601(job.created, true)};
}

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
std::string_view FaultOf(const ErrorKind& kind) {
  return kind.fault == Fault::kClient ? "ClientError" : "InternalServerError";
}
std::string_view FaultOf(const std::exception& exception) {
  const auto* error = dynamic_cast<const Error*>(&exception);
  return FaultOf(error != nullptr ? error->kind() : kInternalFailure);
}

// Of a chore that threw.
std::string ReasonOf(const reconcile::ChoreOutcome& outcome, const store::Resource& job) {
  return fmt::format("{}: {}", FaultOf(*outcome.failure), TextForUser(*outcome.failure, outcome.message, NameOf(job)));
}

std::int64_t WholeSeconds(Milliseconds duration) { return std::max<std::int64_t>(1, (duration.count() + 999) / 1000); }

}  // namespace

const std::string& TrainingJobController::Kind() const { return TrainingJobNoun().kind; }

void TrainingJobController::Write(const store::Resource& job, const std::function<void(store::Resource&)>& change) {
  Rewrite(context_, TrainingJobNoun(), job.key, [&](store::Resource& stored) {
    if (stored.uid == job.uid) change(stored);
  });
}

void TrainingJobController::Restore(const store::Resource& job) {
  const auto run = context_.runtime.Inspect(job.uid);
  if (!HasEnded(job)) context_.workload_keys.Set(job.uid, job.key);
  if (run && run->running) context_.capacity.Hold(job.uid, ClaimOf(job));
  if (NextStep(job, run) == TrainingJobStep::kStart) context_.capacity.Queue(job.uid, ClaimOf(job));
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
      if (!context_.chores.ForgetAll(ChoresOf(*job))) return std::nullopt;  // Wakes the job when it has let go.
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
      return Finish(*job, *run);
  }
  return std::nullopt;
}

bool TrainingJobController::Reserve(const store::Resource& job, std::string& notice) {
  const auto reservation = context_.capacity.TryReserve(job.uid, ClaimOf(job));
  using Answer = runtime::Reservation::Answer;
  if (reservation.answer == Answer::kGiven) {
    notice = context_.capacity.Offer(InstanceTypeOf(job)).notice;
    return true;
  }
  if (reservation.answer == Answer::kNever) {
    Fail(job, "CapacityError: " + reservation.message);
    return false;
  }
  const Time now = context_.clock.Now();
  const std::int64_t wait_max = GetInt(job.spec, "StoppingCondition.MaxWaitTimeInSeconds");
  if (wait_max > 0 && Seconds(now - job.created) > Seconds(static_cast<double>(wait_max))) {
    Write(job, [&](store::Resource& ended) {
      End(ended, {"Stopped", "MaxWaitTimeExceeded", "", reservation.message}, now);
    });
    CleanUp(job);
    return false;
  }
  const Json* transitions = Find(job.status, "SecondaryStatusTransitions");
  const bool told = transitions != nullptr && transitions->is_array() && !transitions->get_array().empty() &&
                    GetString(transitions->get_array().back(), "StatusMessage") == reservation.message;
  if (!told) {
    Write(job, [&](store::Resource& waiting) { RecordTransition(waiting, "Starting", reservation.message, now); });
  }
  return false;
}

std::optional<Seconds> TrainingJobController::Start(const store::Resource& job) {
  context_.workload_keys.Set(job.uid, job.key);
  std::string notice;
  if (!Reserve(job, notice)) return kCapacityRetry;
  const std::string chore = ChoresOf(job) + "inputs";
  const auto outcome = context_.chores.Do(kInputs, chore, job.key, [this, job](std::stop_token stop) -> Json {
    TrainingContainer(context_, job).Prepare(stop);
    return {};
  });
  if (outcome == nullptr) return std::nullopt;
  if (outcome->failure) {
    Fail(job, ReasonOf(*outcome, job));
    return std::nullopt;
  }
  const TrainingContainer container(context_, job);
  try {
    const Path log_file = LogFileOf(context_, job);
    std::vector<std::string> notices = container.Notices();
    if (!notice.empty()) notices.insert(notices.begin(), "[sagebrush] " + notice);
    AppendNotices(context_, log_file, notices);
    const runtime::Room room = context_.capacity.Offer(InstanceTypeOf(job)).room;
    context_.runtime.Start(job.uid, container.Workload(room, log_file));
  } catch (const std::exception& error) {
    Fail(job, fmt::format("{}: {}", FaultOf(error), TextForUser(error, NameOf(job))));
    return std::nullopt;
  }
  context_.chores.Forget(chore);
  return Seconds(0);  // Now running: look again at once, to record it.
}

void TrainingJobController::RecordStart(const store::Resource& job, const runtime::WorkloadState& run) {
  if (run.started.milliseconds == 0 || Find(job.status, "TrainingStartTime") != nullptr) return;
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

std::optional<Seconds> TrainingJobController::Watch(const store::Resource& job, const runtime::WorkloadState& run,
                                                    bool stop) {
  context_.workload_keys.Set(job.uid, job.key);
  if (stop) context_.runtime.Stop(job.uid, kStopGrace);
  if (run.started.milliseconds == 0) return std::nullopt;  // The runtime tells when it has started.
  RecordStart(job, run);
  if (stop && GetString(job.status, "SecondaryStatus") != "Stopping") {
    Write(job, [&](store::Resource& stopping) {
      RecordTransition(stopping, "Stopping", "Stopping the training job", context_.clock.Now());
    });
  }
  if (Find(job.spec, "CheckpointConfig") == nullptr) return std::nullopt;
  const std::string chore = ChoresOf(job) + "checkpoints";
  const auto outcome = context_.chores.Do(kCheckpoints, chore, job.key, [this, job](std::stop_token stop) -> Json {
    TrainingContainer(context_, job).SaveCheckpoints(stop);
    return {};
  });
  if (outcome == nullptr) return std::nullopt;
  context_.chores.Forget(chore);
  if (outcome->failure) LogWarning("Checkpoints of job {} are not saved now: {}", job.key.name, outcome->message);
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

std::optional<Seconds> TrainingJobController::Finish(const store::Resource& job, const runtime::WorkloadState& run) {
  context_.workload_keys.Set(job.uid, job.key);
  context_.capacity.Release(job.uid);  // Its memory is free; collecting what it made takes none of its room.
  if (!context_.chores.Forget(ChoresOf(job) + "checkpoints")) return std::nullopt;  // Wakes the job when it has ended.
  RecordStart(job, run);  // A job may have ended before its start was recorded.
  const std::string chore = ChoresOf(job) + "outputs";
  const auto outcome = context_.chores.Do(kOutputs, chore, job.key,
                                          [this, job, run](std::stop_token stop) { return Collect(job, run, stop); });
  if (outcome == nullptr) {
    if (OutcomeOf(job, run, "", "").state == "Failed") return std::nullopt;
    const Seconds early = kQuickUpload - Seconds(context_.clock.Now() - run.ended);
    if (early > Seconds(0)) return early;
    if (GetString(job.status, "SecondaryStatus") != "Uploading") {
      Write(job, [&](store::Resource& uploading) {
        RecordTransition(uploading, "Uploading", "Uploading generated training model", run.ended);
      });
    }
    return std::nullopt;
  }
  const Json& result = outcome->result;
  TrainingOutcome end{GetString(result, "State"), GetString(result, "SecondaryStatus"),
                      GetString(result, "FailureReason"), GetString(result, "StatusMessage")};
  if (outcome->failure) {
    end = {"Failed", "Failed", ReasonOf(*outcome, job), "Training job failed"};
  }
  const Time ended = context_.clock.Now();
  context_.meter.End(job.uid, ended);
  Write(job, [&](store::Resource& finished) {
    JsonObject& status = finished.status.as_object();
    if (const std::string artifacts = GetString(result, "Artifacts"); !artifacts.empty()) {
      RecordTransition(finished, "Uploading", "Uploading generated training model", run.ended);
      status["ModelArtifacts"] = {{"S3ModelArtifacts", artifacts}};
    }
    if (const Json* metrics = Find(result, "Metrics")) status["FinalMetricDataList"] = *metrics;
    End(finished, end, ended);
  });
  CleanUp(job);
  return std::nullopt;
}

Json TrainingJobController::Collect(const store::Resource& job, const runtime::WorkloadState& run,
                                    const std::stop_token& stop) const {
  const TrainingContainer container(context_, job);
  const Path log_file = LogFileOf(context_, job);
  TrainingOutcome outcome = OutcomeOf(job, run, container.FailureFile(), LastLines(log_file));
  JsonObject result;
  if (outcome.state == "Failed") container.DropOutput();
  try {
    container.SaveCheckpoints(stop);
    if (JsonArray metrics = FinalMetrics(job, log_file); !metrics.empty()) result["Metrics"] = std::move(metrics);
    std::vector<std::string> notices;
    if (outcome.state != "Failed") {
      result["Artifacts"] =
          container.Upload(stop, [&](const std::string& line) { notices.push_back("[sagebrush] " + line); });
    }
    AppendNotices(context_, log_file, notices);
  } catch (const std::exception& error) {
    outcome = {"Failed", "Failed",
               fmt::format("{}: Artifact upload failed: {}", FaultOf(error), TextForUser(error, NameOf(job))),
               "Training job failed"};
    // Nobody will fetch it any more. However deep or large it is, it is gone when the job's end is told.
    if (!stop.stop_requested()) container.DropOutput();
  }
  result["State"] = outcome.state;
  result["SecondaryStatus"] = outcome.secondary_status;
  result["FailureReason"] = outcome.failure_reason;
  result["StatusMessage"] = outcome.status_message;
  return result;
}

void TrainingJobController::CleanUp(const store::Resource& job) {
  context_.chores.ForgetAll(ChoresOf(job));
  context_.capacity.Release(job.uid);
  context_.workload_keys.Remove(job.uid);
  context_.meter.End(job.uid, context_.clock.Now());
  // The runtime forgets it last: as long as it knows the job, a new server process begins this anew.
  context_.chores.Leave(kRemains, "remains of job/" + job.uid, job.key, [this, job](std::stop_token stop) -> Json {
    TrainingContainer(context_, job).Remove(stop);
    context_.runtime.Remove(job.uid);
    return {};
  });
}

std::unique_ptr<reconcile::Controller> MakeTrainingJobController(const Context& context) {
  return std::make_unique<TrainingJobController>(context);
}

}  // namespace sagebrush::sagemaker
