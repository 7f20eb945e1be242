#include "sagemaker/jobs/job_controller.h"

#include "base/line_file.h"
#include "base/log.h"
#include "runtime/capacity.h"
#include "runtime/image_provider.h"
#include "sagemaker/experiments/tracking.h"
#include "sagemaker/failure_text.h"
#include "sagemaker/jobs/job_files.h"
#include "sagemaker/jobs/job_step.h"
#include "sagemaker/last_lines.h"
#include "sagemaker/workload_keys.h"
#include "telemetry/log_store.h"
#include "telemetry/meter.h"

namespace sagebrush::sagemaker {
namespace {

constexpr Seconds kStopGrace{120.0};
constexpr Seconds kCapacityRetry{10.0};  // Besides being told.
constexpr Seconds kImageRetry{10.0};     // Likewise.
constexpr Seconds kQuickUpload{0.1};     // What takes longer is told as a phase of its own.
constexpr Seconds kServerGrace{10.0};    // For a server that has nothing more to do.
constexpr Seconds kWorkRetry{5.0};
constexpr std::size_t kNoticesMax = 100;
// Of one kind. Who sends records waits for answers, and does little itself.
constexpr std::size_t kSavedAtATime = 4;
constexpr std::size_t kServedAtATime = 64;

std::string ChoresOf(const store::Resource& job) { return "job/" + job.uid + "/"; }

std::optional<runtime::WorkloadState> StateOf(const std::optional<JobRun>& run) {
  return run ? std::optional(run->state) : std::nullopt;
}

// Takes notices for the log, as many as somebody would read: a job may leave a million links.
class FewNotices {
 public:
  void Add(const std::string& notice) {
    if (++count_ <= kNoticesMax) lines_.push_back("[sagebrush] " + notice);
  }
  std::vector<std::string> Take() {
    if (count_ > kNoticesMax) {
      lines_.push_back(fmt::format("[sagebrush] {} more lines like these are left out.", count_ - kNoticesMax));
    }
    return std::move(lines_);
  }

 private:
  std::vector<std::string> lines_;
  std::size_t count_ = 0;
};

}  // namespace

JobController::JobController(const Context& context, std::unique_ptr<const JobKind> kind)
    : context_(context),
      kind_(std::move(kind)),
      form_(kind_->Form()),
      inputs_name_(form_.noun.kind + " inputs"),
      beside_name_(form_.noun.kind + " work"),
      outputs_name_(form_.noun.kind + " outputs"),
      remains_name_(form_.noun.kind + " remains"),
      beside_{beside_name_, form_.serves ? kServedAtATime : kSavedAtATime} {}

const std::string& JobController::Kind() const { return form_.noun.kind; }

bool JobController::HasStarted(const store::Resource& job) const {
  return Find(job.status, form_.start_member) != nullptr;
}

// The runtime forgets the first host last: as long as it knows that, something is left of the job.
std::optional<JobRun> JobController::Inspect(const store::Resource& job) const {
  const std::size_t hosts = HasEnded(job) ? 1 : HostsOf(form_, job);
  std::vector<std::optional<runtime::WorkloadState>> states;
  for (std::size_t i = 0; i < hosts; ++i) states.push_back(context_.runtime.Inspect(WorkloadOf(job, i)));
  return RunOf(states, form_.ends_job);
}

void JobController::ForEachWorkload(const store::Resource& job,
                                    const std::function<void(const std::string& id)>& act) const {
  for (std::size_t i = HostsOf(form_, job); i-- > 0;) act(WorkloadOf(job, i));
}

// So that what happens to its workloads wakes the job.
void JobController::Own(const store::Resource& job) const {
  ForEachWorkload(job, [&](const std::string& id) { context_.workload_keys.Set(id, job.key); });
}

void JobController::StopWorkloads(const store::Resource& job, Seconds grace) const {
  ForEachWorkload(job, [&](const std::string& id) { context_.runtime.Stop(id, grace); });
}

// Who was created first runs first.
runtime::Claim JobController::ClaimOf(const store::Resource& job) const {
  return {{{InstanceTypeOf(form_, job), static_cast<std::int64_t>(HostsOf(form_, job))}}, ToIso8601(job.created, true)};
}

// Group and stream are created when missing.
Path JobController::LogFileOf(const store::Resource& job, std::size_t host) const {
  return context_.logs.StreamFile(job.key.account, job.key.region, std::string(form_.log_group),
                                  LogStreamOf(form_, job, host));
}

void JobController::AppendNotices(const store::Resource& job, const std::vector<std::string>& notices) const {
  if (notices.empty()) return;
  LineFileWriter writer(LogFileOf(job, 0));
  const Time now = context_.clock.Now();
  for (const std::string& notice : notices) writer.Append(now, now, notice);
}

void JobController::Write(const store::Resource& job, const std::function<void(store::Resource&)>& change) {
  RewriteWith(context_, form_.noun, job.key, [&](store::Resource& stored, Alongside& also) {
    if (stored.uid != job.uid) return;
    change(stored);
    FollowJob(context_, form_, stored, also);
  });
}

void JobController::Tell(const store::Resource& job, JobPhase phase, const std::string& message, Time when) {
  store::Resource told = job;
  kind_->Tell(told, phase, message, when);
  if (told.status == job.status) return;  // A write that says nothing new would cost a disk sync, and wake the job.
  Write(job, [&](store::Resource& stored) { kind_->Tell(stored, phase, message, when); });
}

void JobController::Restore(const store::Resource& job) {
  const auto run = Inspect(job);
  if (!HasEnded(job)) Own(job);
  if (run && run->state.running) context_.capacity.Hold(job.uid, ClaimOf(job));
  if (NextStep(job, HasStarted(job), StateOf(run)) == JobStep::kStart) context_.capacity.Queue(job.uid, ClaimOf(job));
}

std::optional<Seconds> JobController::Reconcile(const store::Key& key) {
  const auto job = context_.store.Get(key);
  if (job == nullptr) return std::nullopt;
  const auto run = Inspect(*job);
  switch (NextStep(*job, HasStarted(*job), StateOf(run))) {
    case JobStep::kNothing:
      return std::nullopt;
    case JobStep::kCleanUp:
      CleanUp(*job);
      return std::nullopt;
    case JobStep::kStart:
      return Start(*job);
    case JobStep::kEndUnstarted:
      if (!context_.chores.ForgetAll(ChoresOf(*job))) return std::nullopt;  // Wakes the job when it has let go.
      EndNow(*job, {JobResult::kStopped, ""});                              // It may have waited in line.
      return std::nullopt;
    case JobStep::kReportLost:
      EndNow(*job, {JobResult::kFailed,
                    "InternalServerError: The files of the running job are gone from this machine. Create the job "
                    "again."});
      return std::nullopt;
    case JobStep::kWatch:
      return Watch(*job, *run, false);
    case JobStep::kStop:
      return Watch(*job, *run, true);
    case JobStep::kFinish:
      return Finish(*job, *run);
  }
  return std::nullopt;
}

bool JobController::Reserve(const store::Resource& job, std::string& notice) {
  const auto reservation = context_.capacity.TryReserve(job.uid, ClaimOf(job));
  using Answer = runtime::Reservation::Answer;
  if (reservation.answer == Answer::kGiven) {
    notice = context_.capacity.Offer(InstanceTypeOf(form_, job)).notice;
    return true;
  }
  if (reservation.answer == Answer::kNever) {
    EndNow(job, {JobResult::kFailed, "CapacityError: " + reservation.message});
    return false;
  }
  const Time now = context_.clock.Now();
  const std::int64_t wait_max = GetInt(job.spec, "StoppingCondition.MaxWaitTimeInSeconds");
  if (wait_max > 0 && Seconds(now - job.created) > Seconds(static_cast<double>(wait_max))) {
    EndNow(job, {JobResult::kWaitedTooLong, reservation.message});
    return false;
  }
  Tell(job, JobPhase::kWaiting, reservation.message, now);
  return false;
}

bool JobController::AwaitImage(const store::Resource& job) {
  const std::string image = GetString(job.spec, form_.image);
  try {
    context_.images.Prepare(image, job.key.region, job.uid);
  } catch (const Error& error) {
    if (error.kind().fault == Fault::kServer) throw;
    EndNow(job, FailureOf(form_, job, error));  // It was there when the job was created.
    return false;
  }
  const runtime::ImageState state = context_.images.State(image, job.key.region);
  using Stage = runtime::ImageState::Stage;
  if (state.stage == Stage::kFailed) {
    EndNow(job, FailureOf(form_, job, kValidation, state.message, fmt::format("The image {} cannot be had: ", image)));
  } else if (state.stage == Stage::kPreparing) {
    Tell(job, JobPhase::kImage, state.message, context_.clock.Now());
  }
  return state.stage == Stage::kReady;
}

std::optional<Seconds> JobController::Start(const store::Resource& job) {
  Own(job);
  if (!AwaitImage(job)) return kImageRetry;  // Before there is room for it: who is ready may have that.
  std::string notice;
  if (!Reserve(job, notice)) return kCapacityRetry;
  const std::string chore = ChoresOf(job) + "inputs";
  const auto outcome = context_.chores.Do(inputs_, chore, job.key, [this, job](std::stop_token stop) -> Json {
    kind_->PlaceInputs(job, stop);
    return {};
  });
  if (outcome == nullptr) return std::nullopt;
  if (outcome->failure) {
    EndNow(job, FailureOf(form_, job, *outcome->failure, outcome->message));
    return std::nullopt;
  }
  try {
    std::vector<std::string> notices;
    if (!notice.empty()) notices.push_back("[sagebrush] " + notice);
    for (const std::string& line : kind_->Notices(job)) notices.push_back("[sagebrush] " + line);
    AppendNotices(job, notices);
    StartWorkloads(job);
  } catch (const std::exception& error) {
    EndNow(job, FailureOf(form_, job, error));
    return std::nullopt;
  }
  context_.chores.Forget(chore);
  return Seconds(0);  // Now running: look again at once, to record it.
}

void JobController::StartWorkloads(const store::Resource& job) const {
  const runtime::Room room = context_.capacity.Offer(InstanceTypeOf(form_, job)).room;
  std::vector<std::pair<std::string, runtime::WorkloadSpec>> hosts;
  for (std::size_t i = 0; i < HostsOf(form_, job); ++i) {
    hosts.emplace_back(WorkloadOf(job, i), kind_->Workload(job, i, room, LogFileOf(job, i)));
  }
  context_.runtime.StartGang(hosts);
}

void JobController::RecordStart(const store::Resource& job, const runtime::WorkloadState& run) {
  if (run.started.milliseconds == 0 || HasStarted(job)) return;
  context_.meter.Begin(job.uid,
                       {.account = job.key.account,
                        .region = job.key.region,
                        .arn = ArnOf(form_.noun, job.key),
                        .use = std::string(form_.use),
                        .instance_type = InstanceTypeOf(form_, job),
                        .count = static_cast<std::int64_t>(HostsOf(form_, job))},
                       run.started);
  Write(job, [&](store::Resource& started) {
    kind_->Tell(started, JobPhase::kRunning, "", run.started);
    started.status.as_object()[form_.start_member] = run.started.ToEpochSeconds();
  });
}

std::optional<Seconds> JobController::Watch(const store::Resource& job, const JobRun& run, bool stop) {
  Own(job);
  if (stop || run.over) StopWorkloads(job, kStopGrace);
  if (run.state.started.milliseconds == 0) return std::nullopt;  // The runtime tells when it has started.
  if (!HasStarted(job)) {
    RecordStart(job, run.state);
    return Seconds(0);  // What is done beside it looks at that.
  }
  if (stop) Tell(job, JobPhase::kStopping, "", context_.clock.Now());
  return WorkBesideIt(job);
}

std::optional<Seconds> JobController::WorkBesideIt(const store::Resource& job) {
  const std::string chore = ChoresOf(job) + "work";
  const bool done = EndOfWork(job).has_value();
  if (done) StopWorkloads(job, kServerGrace);
  if (done || (form_.serves && GetBool(job.spec, "Stop"))) {
    context_.chores.Forget(chore);  // There is nobody to be asked any more.
    return std::nullopt;
  }
  if (!kind_->HasWorkBeside(job)) return std::nullopt;
  const auto outcome = context_.chores.Do(beside_, chore, job.key, [this, job](std::stop_token stop) -> Json {
    const WorkBeside work = kind_->DoWorkBeside(job, stop);
    JsonObject result{{"Next", work.next.count()}};
    if (work.end) result["End"] = {{"Result", static_cast<int>(work.end->result)}, {"Reason", work.end->reason}};
    return result;
  });
  if (outcome == nullptr) return std::nullopt;
  context_.chores.Forget(chore);
  if (outcome->failure) {
    LogWarning("The work beside job {} is not done now: {}", job.key.name, outcome->message);
    return kWorkRetry;
  }
  if (const Json* const end = Find(outcome->result, "End")) {
    Write(job, [&](store::Resource& ended) { ended.status.as_object()["EndOfWork"] = *end; });
    return Seconds(0);
  }
  return Seconds(GetDouble(outcome->result, "Next"));
}

std::optional<JobOutcome> JobController::EndOfWork(const store::Resource& job) {
  const Json* const end = Find(job.status, "EndOfWork");
  if (end == nullptr) return std::nullopt;
  return JobOutcome{static_cast<JobResult>(GetInt(*end, "Result")), GetString(*end, "Reason")};
}

void JobController::RecordEnd(store::Resource& job, const JobOutcome& outcome, Time ended) const {
  job.state = StateOf(outcome.result);
  kind_->TellEnd(job, outcome, ended);
  JsonObject& status = job.status.as_object();
  status[form_.end_member] = ended.ToEpochSeconds();
  if (outcome.result == JobResult::kFailed) {
    status["FailureReason"] = FailureReasonText(WithoutPathsBelow(outcome.reason, context_.data));
  }
}

void JobController::EndNow(const store::Resource& job, const JobOutcome& outcome) {
  Write(job, [&](store::Resource& ended) { RecordEnd(ended, outcome, context_.clock.Now()); });
  CleanUp(job);
}

// While what it made is being uploaded. An upload that is quick is not told of: each telling costs a disk sync.
std::optional<Seconds> JobController::TellOfOutputs(const store::Resource& job, const runtime::WorkloadState& run) {
  if (OutcomeOf(form_, job, run, "", "").result == JobResult::kFailed) return std::nullopt;
  const Seconds early = kQuickUpload - Seconds(context_.clock.Now() - run.ended);
  if (early > Seconds(0)) return early;
  Tell(job, JobPhase::kOutputs, "", run.ended);
  return std::nullopt;
}

std::optional<Seconds> JobController::Finish(const store::Resource& job, const JobRun& run) {
  Own(job);
  context_.capacity.Release(job.uid);  // Its memory is free; collecting what it made takes none of its room.
  if (!context_.chores.Forget(ChoresOf(job) + "work")) return std::nullopt;  // Wakes the job when it has ended.
  RecordStart(job, run.state);  // A job may have ended before its start was recorded.
  const auto outcome = context_.chores.Do(outputs_, ChoresOf(job) + "outputs", job.key,
                                          [this, job, run](std::stop_token stop) { return Collect(job, run, stop); });
  if (outcome == nullptr) return TellOfOutputs(job, run.state);
  const JobOutcome end = outcome->failure ? FailureOf(form_, job, *outcome->failure, outcome->message)
                                          : JobOutcome{static_cast<JobResult>(GetInt(outcome->result, "Result")),
                                                       GetString(outcome->result, "Reason")};
  const Time ended = context_.clock.Now();
  context_.meter.End(job.uid, ended);
  Write(job, [&](store::Resource& finished) {
    if (end.result != JobResult::kFailed) kind_->Tell(finished, JobPhase::kOutputs, "", run.state.ended);
    if (const Json* collected = Find(outcome->result, "Status")) {
      for (const auto& member : collected->as_object()) finished.status.as_object()[member.key()] = member.value();
    }
    RecordEnd(finished, end, ended);
  });
  CleanUp(job);
  return std::nullopt;
}

Json JobController::Collect(const store::Resource& job, const JobRun& run, const std::stop_token& stop) const {
  const std::optional<JobOutcome> end = EndOfWork(job);
  JobOutcome outcome =
      end ? *end
          : OutcomeOf(form_, job, run.state, kind_->FailureText(job, run.host), LastLines(LogFileOf(job, run.host)));
  JsonObject status;
  try {
    FewNotices notices;
    kind_->Collect(job, outcome, status, [&](const std::string& notice) { notices.Add(notice); }, stop);
    AppendNotices(job, notices.Take());
  } catch (const std::exception& error) {
    outcome = FailureOf(form_, job, error, fmt::format("{} upload failed: ", form_.output));
    // Nobody will fetch it any more. However deep or large it is, it is gone when the job's end is told.
    if (!stop.stop_requested()) kind_->DropOutputs(job);
  }
  return {{"Result", static_cast<int>(outcome.result)}, {"Reason", outcome.reason}, {"Status", std::move(status)}};
}

void JobController::CleanUp(const store::Resource& job) {
  context_.chores.ForgetAll(ChoresOf(job));
  context_.capacity.Release(job.uid);
  ForEachWorkload(job, [&](const std::string& id) { context_.workload_keys.Remove(id); });
  context_.meter.End(job.uid, context_.clock.Now());
  // The runtime forgets it last: as long as it knows the job, a new server process begins this anew.
  context_.chores.Leave(remains_, "remains of job/" + job.uid, job.key, [this, job](std::stop_token stop) -> Json {
    JobFiles(context_, form_, job).Remove(stop);
    ForEachWorkload(job, [&](const std::string& id) { context_.runtime.Remove(id); });
    return {};
  });
}

}  // namespace sagebrush::sagemaker
