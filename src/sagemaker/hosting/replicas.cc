#include "sagemaker/hosting/replicas.h"

#include <algorithm>
#include <set>

#include "base/digest.h"
#include "base/directory.h"
#include "base/encoding.h"
#include "base/line_file.h"
#include "base/log.h"
#include "inference/router.h"
#include "reconcile/chores.h"
#include "runtime/image_provider.h"
#include "sagemaker/failure_text.h"
#include "sagemaker/hosting/health_check.h"
#include "sagemaker/hosting/hosting.h"
#include "sagemaker/hosting/model_container.h"
#include "sagemaker/last_lines.h"
#include "sagemaker/workload_keys.h"
#include "telemetry/alarms.h"
#include "telemetry/log_store.h"
#include "telemetry/meter.h"

namespace sagebrush::sagemaker {
namespace {

constexpr Seconds kStopGrace{30};
constexpr Seconds kLookAgain{0.05};  // Where nothing wakes the endpoint: at an instance that is to end, say.
constexpr Seconds kDownloadTimeDefault{3600};
constexpr Seconds kCapacityRetry{5};  // Besides being told, likewise:
constexpr Seconds kImageRetry{5};

constexpr reconcile::ChoreLane kModels{"models", 4, 5};
constexpr reconcile::ChoreLane kHealth{"health", 16, 0};
constexpr reconcile::ChoreLane kEnds{"ended instances", 4, 5};

std::string LogStreamOf(const Json& variant, const std::string& workload) {
  const auto digest = Sha256(workload);
  const std::string hex = ToHex({reinterpret_cast<const char*>(digest.data()), digest.size()}).substr(0, 17);
  return GetString(variant, "VariantName") + "/i-" + hex;
}

Path LogFileOf(const Context& context, const store::Resource& endpoint, const Json& variant,
               const std::string& workload) {
  const std::string group = "/aws/sagemaker/Endpoints/" + GetString(endpoint.spec, "EndpointName");
  return context.logs.StreamFile(endpoint.key.account, endpoint.key.region, group, LogStreamOf(variant, workload));
}

// All that the runtime and the records know of an endpoint begin so.
std::string PrefixOf(const store::Resource& endpoint) { return endpoint.uid + "-"; }

Path DirectoryOf(const Context& context, const store::Resource& endpoint) {
  return context.data / "endpoints" / endpoint.uid;
}

// Of one variant's model files.
std::string DirectoryName(const Replica& replica) {
  return fmt::format("{}-{}", replica.fleet, GetString(*replica.variant, "VariantName"));
}

// Chores are named so that all of an endpoint, or of a replica, can be forgotten together.
std::string ChoresOf(const store::Resource& endpoint) { return "endpoint/" + endpoint.uid + "/"; }
std::string ModelChore(const store::Resource& endpoint, const Replica& replica) {
  return ChoresOf(endpoint) + "model/" + DirectoryName(replica);
}
std::string ReplicaChores(const store::Resource& endpoint, const std::string& replica) {
  return ChoresOf(endpoint) + "replica/" + replica + "/";
}

// Usage is recorded for each start of a workload: a replaced instance is another entry.
std::string UsageId(const std::string& workload, Time started) {
  return fmt::format("{}@{}", workload, started.milliseconds);
}

// https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html: 4 minutes unless configured.
Seconds StartupMax(const Json& variant) { return Seconds(static_cast<double>(GetInt(variant, "StartupSeconds", 240))); }

std::string SeeLogs(const store::Resource& endpoint, const std::string& last_lines) {
  return fmt::format(" Please check CloudWatch logs for this endpoint (/aws/sagemaker/Endpoints/{}).{}{}",
                     GetString(endpoint.spec, "EndpointName"),
                     last_lines.empty() ? "" : " Its last lines: ", last_lines);
}

std::string DidNotAnswer(const Json& variant) {
  return fmt::format("The primary container for production variant {} did not pass the ping health check.",
                     GetString(variant, "VariantName"));
}

std::string Exited(const Json& variant, const runtime::WorkloadState& run) {
  const std::string name = GetString(variant, "VariantName");
  if (run.reason == runtime::ExitReason::kOutOfMemory) {
    return fmt::format(
        "The container of production variant {} used more memory than {} has. Choose an instance type with more "
        "memory.",
        name, GetString(variant, "InstanceType"));
  }
  return fmt::format("The container of production variant {} exited with code {}{}{}.", name, run.exit_code,
                     run.message.empty() ? "" : ": ", run.message);
}

}  // namespace

ReplicaRecord& Replicas::RecordOf(const std::string& replica) {
  const MutexLock lock(mutex_);
  return records_[replica];
}

Observed Replicas::Observe(const store::Resource& endpoint) {
  Observed seen{.now = context_.clock.Now(), .room_wait_max = context_.room_wait_max};
  const std::string prefix = PrefixOf(endpoint);
  {
    const MutexLock lock(mutex_);
    const auto room = rooms_.find(endpoint.uid);
    if (room != rooms_.end() && room->second.generation == GetInt(endpoint.spec, "Generation")) {
      seen.room = room->second.answer;
    }
    for (auto it = records_.lower_bound(prefix); it != records_.end() && it->first.starts_with(prefix); ++it) {
      seen.replicas[it->first].failure = WhyHopeless(it->second, seen.now);
    }
  }
  for (const std::string& id : context_.runtime.List()) {
    if (!id.starts_with(prefix)) continue;
    const auto run = context_.runtime.Inspect(id);
    ReplicaState& state = seen.replicas[id];
    state.exists = run.has_value();
    state.healthy = run && run->running && RecordOf(id).healthy;
  }
  const Json* alarms = Find(endpoint.spec, "DeploymentConfig.AutoRollbackConfiguration.Alarms");
  for (const Json& named : alarms != nullptr ? alarms->as_array() : JsonArray()) {
    const std::string name = GetString(named, "AlarmName");
    const auto alarm = context_.store.Get({telemetry::kAlarmKind, endpoint.key.account, endpoint.key.region, name});
    if (alarm != nullptr && alarm->state == "ALARM") seen.alarm = name;
  }
  return seen;
}

Replicas::Progress Replicas::Make(const store::Resource& endpoint, const Plan& plan) {
  Progress progress;
  context_.workload_keys.Set(endpoint.uid, endpoint.key);  // The capacity wakes who waits by this name.
  if (!plan.asks_for_room) context_.capacity.Withdraw(endpoint.uid);
  const bool has_room = !plan.asks_for_room || Reserve(endpoint, plan, progress);
  for (const PlannedReplica& planned : plan.replicas) {
    context_.workload_keys.Set(planned.replica.id, endpoint.key);
    const bool waits = planned.goal == ReplicaGoal::kBringUp && !has_room;
    if (planned.goal != ReplicaGoal::kKeep && !waits) Advance(endpoint, planned, progress);
  }
  progress.is_alone = Retire(endpoint, plan);
  if (!progress.is_alone) {
    progress.LookWithin(kLookAgain);
  } else if (plan.replicas.empty()) {
    context_.capacity.Release(endpoint.uid);
    context_.workload_keys.Remove(endpoint.uid);
  } else if (!plan.asks_for_room) {
    context_.capacity.Hold(endpoint.uid, plan.room);
  }
  return progress;
}

bool Replicas::Reserve(const store::Resource& endpoint, const Plan& plan, Progress& progress) {
  const std::int64_t generation = GetInt(endpoint.spec, "Generation");
  runtime::Reservation answer = context_.capacity.TryReserve(endpoint.uid, plan.room);
  const bool given = answer.answer == runtime::Reservation::Answer::kGiven;
  if (!given) progress.LookWithin(kCapacityRetry);
  const MutexLock lock(mutex_);
  Room& room = rooms_[endpoint.uid];
  const bool is_new = room.generation != generation || room.answer.answer != answer.answer;
  if (is_new || room.answer.message != answer.message) progress.LookWithin(Seconds(0));  // To tell.
  room = {generation, std::move(answer)};
  return given;
}

void Replicas::Advance(const store::Resource& endpoint, const PlannedReplica& planned, Progress& progress) {
  const std::string& id = planned.replica.id;
  try {
    Step(endpoint, planned, progress);
  } catch (const std::exception& error) {
    ReplicaRecord& record = RecordOf(id);
    if (planned.goal == ReplicaGoal::kBringUp) {
      const auto* known = dynamic_cast<const Error*>(&error);
      if (known != nullptr && known->kind().code == kServiceUnavailable.code) throw;  // The store says when it is back.
      record.failure = WithoutPathsBelow(TextForUser(error, "endpoint/" + endpoint.key.name), context_.data);
      progress.LookWithin(Seconds(0));
      return;
    }
    // What hinders one replica hinders neither the others nor the update that may put it right.
    const Time now = context_.clock.Now();
    RecordCrash(record, id, now, error.what());
    progress.LookWithin(record.start_after - now);
    LogWarning("Endpoint {}: {} cannot be brought up now: {}", endpoint.key.name, id, error.what());
  }
}

void Replicas::Step(const store::Resource& endpoint, const PlannedReplica& planned, Progress& progress) {
  const Replica& replica = planned.replica;
  const auto run = context_.runtime.Inspect(replica.id);
  ReplicaRecord& record = RecordOf(replica.id);
  record.startup_max = StartupMax(*replica.variant);
  const Time now = context_.clock.Now();
  if (planned.goal == ReplicaGoal::kBringUp && !WhyHopeless(record, now).empty()) {
    return progress.LookWithin(Seconds(0));  // For the plan that gives it up.
  }
  switch (NextStep(run, record, now)) {
    case ReplicaStep::kStart:
      return Start(endpoint, replica, progress);
    case ReplicaStep::kWait:
      return progress.LookWithin(record.start_after - now);
    case ReplicaStep::kAsk:
      return Ask(endpoint, replica, *run, progress);
    case ReplicaStep::kGiveUp:
      return GiveUp(endpoint, planned, progress);
    case ReplicaStep::kBury:
      return Bury(endpoint, replica, *run, progress);
    case ReplicaStep::kUse:
      return;
  }
}

void Replicas::Start(const store::Resource& endpoint, const Replica& replica, Progress& progress) {
  const Json& variant = *replica.variant;
  if (!AwaitImage(endpoint, replica, progress) || !Prepare(endpoint, replica, progress)) return;
  const Path directory = DirectoryOf(context_, endpoint) / DirectoryName(replica);
  const ModelContainer container(context_, ArnOf(EndpointNoun(), endpoint.key), endpoint.key.region, variant,
                                 directory);
  const Path log_file = LogFileOf(context_, endpoint, variant, replica.id);
  const runtime::InstanceOffer offer = context_.capacity.Offer(GetString(variant, "InstanceType"));
  const Time now = context_.clock.Now();
  if (!offer.notice.empty()) LineFileWriter(log_file).Append(now, now, "[sagebrush] " + offer.notice);
  ReplicaRecord& record = RecordOf(replica.id);
  if (record.first_start.milliseconds == 0) record.first_start = now;
  record.healthy = false;
  context_.runtime.Start(replica.id, container.Workload(replica.id, offer.room, log_file));
  progress.LookWithin(PingInterval(Seconds(0)));
}

bool Replicas::AwaitImage(const store::Resource& endpoint, const Replica& replica, Progress& progress) {
  const std::string image = GetString(*replica.variant, "Container.Image");
  context_.images.Prepare(image, endpoint.key.region, replica.id);
  const runtime::ImageState state = context_.images.State(image, endpoint.key.region);
  if (state.stage == runtime::ImageState::Stage::kFailed) {
    throw Error(kValidation, fmt::format("The image {} cannot be had: {}", image, state.message));
  }
  const bool ready = state.stage == runtime::ImageState::Stage::kReady;
  if (!ready) progress.LookWithin(kImageRetry);
  return ready;
}

bool Replicas::Prepare(const store::Resource& endpoint, const Replica& replica, Progress& progress) {
  const Json& variant = *replica.variant;
  const Path directory = DirectoryOf(context_, endpoint) / DirectoryName(replica);
  if (ModelContainer(context_, ArnOf(EndpointNoun(), endpoint.key), endpoint.key.region, variant, directory)
          .IsPrepared())
    return true;
  const std::string chore = ModelChore(endpoint, replica);
  const auto outcome = context_.chores.Do(
      kModels, chore, endpoint.key, [this, key = endpoint.key, variant, directory](std::stop_token stop) -> Json {
        ModelContainer(context_, ArnOf(EndpointNoun(), key), key.region, variant, directory).Prepare(stop);
        return {};
      });
  const Time now = context_.clock.Now();
  Time since;
  {
    const MutexLock lock(mutex_);
    since = preparing_.try_emplace(chore, now).first->second;
    if (outcome != nullptr) preparing_.erase(chore);
  }
  if (outcome != nullptr) {
    context_.chores.Forget(chore);
    if (outcome->failure) throw Error(*outcome->failure, outcome->message);
    return true;
  }
  const Seconds limit(
      static_cast<double>(GetInt(variant, "DownloadSeconds", static_cast<int>(kDownloadTimeDefault.count()))));
  const Seconds left = limit - Seconds(now - since);
  if (left <= Seconds(0)) {
    throw Error(kValidation,
                fmt::format("The model data of production variant {} was not in place within {:g} seconds. "
                            "Raise ModelDataDownloadTimeoutInSeconds.",
                            GetString(variant, "VariantName"), limit.count()));
  }
  progress.LookWithin(left);
  return false;
}

void Replicas::Ask(const store::Resource& endpoint, const Replica& replica, const runtime::WorkloadState& run,
                   Progress& progress) {
  ReplicaRecord& record = RecordOf(replica.id);
  const Time now = context_.clock.Now();
  if (run.started.milliseconds == 0) return;  // The runtime tells when it has started.
  const Seconds age(now - run.started);
  progress.LookWithin(record.startup_max - age + kLookAgain);
  const std::string chore = ReplicaChores(endpoint, replica.id) + "ping";
  if (now < record.ask_after && !context_.chores.Knows(chore)) return progress.LookWithin(record.ask_after - now);
  const auto outcome =
      context_.chores.Do(kHealth, chore, endpoint.key, [this, workload = replica.id](std::stop_token stop) {
        return Json(AnswersPing(context_.runtime, workload, stop));
      });
  if (outcome == nullptr) return;
  context_.chores.Forget(chore);
  if (outcome->failure || !outcome->result.as_bool()) {
    const Seconds interval = PingInterval(age);
    record.ask_after = now + std::chrono::ceil<Milliseconds>(interval);
    return progress.LookWithin(interval);
  }
  context_.meter.Begin(UsageId(replica.id, run.started),
                       {.account = endpoint.key.account,
                        .region = endpoint.key.region,
                        .arn = ArnOf(EndpointNoun(), endpoint.key),
                        .use = "hosting",
                        .instance_type = GetString(*replica.variant, "InstanceType"),
                        .count = 1},
                       run.started);
  record.healthy = true;
  record.healthy_since = now;
  progress.LookWithin(Seconds(0));  // For the plan that gives it traffic.
}

void Replicas::GiveUp(const store::Resource& endpoint, const PlannedReplica& planned, Progress& progress) {
  const Replica& replica = planned.replica;
  // The log is read by Bury; a deployment does not wait for that, since the replica may take its time to end.
  if (planned.goal == ReplicaGoal::kBringUp) {
    throw Error(kValidation, DidNotAnswer(*replica.variant) + SeeLogs(endpoint, ""));
  }
  context_.runtime.Stop(replica.id, Seconds(0));
  progress.LookWithin(kLookAgain);
}

void Replicas::Bury(const store::Resource& endpoint, const Replica& replica, const runtime::WorkloadState& run,
                    Progress& progress) {
  const std::string chore = ReplicaChores(endpoint, replica.id) + "end";
  const Path log_file = LogFileOf(context_, endpoint, *replica.variant, replica.id);
  const auto outcome =
      context_.chores.Do(kEnds, chore, endpoint.key, [log_file](std::stop_token) { return Json(LastLines(log_file)); });
  if (outcome == nullptr) return;
  context_.chores.Forget(chore);
  const std::string lines = outcome->failure ? "" : std::string(outcome->result.as_string());
  const std::string last_words = Exited(*replica.variant, run) + SeeLogs(endpoint, lines);
  const Time now = context_.clock.Now();
  ReplicaRecord& record = RecordOf(replica.id);
  RecordCrash(record, replica.id, now, last_words);
  Forget(replica.id);
  const Seconds delay(record.start_after - now);
  LogWarning("Endpoint {}: {} is started again in {:.2f} s: {}", GetString(endpoint.spec, "EndpointName"), replica.id,
             delay.count(), last_words);
  progress.LookWithin(Seconds(0));  // For a deployment that may be without hope now.
}

void Replicas::Forget(const std::string& replica) {
  if (const auto run = context_.runtime.Inspect(replica)) {
    const Time ended = run->ended.milliseconds != 0 ? run->ended : context_.clock.Now();
    context_.meter.End(UsageId(replica, run->started), ended);
  }
  context_.runtime.Remove(replica);
}

void Replicas::Survey(const store::Resource& endpoint, const Plan& plan) {
  const bool has_moved = Find(plan.status, "Shift") != nullptr;
  for (const PlannedReplica& planned : plan.replicas) {
    const std::string& id = planned.replica.id;
    context_.workload_keys.Set(id, endpoint.key);
    if (planned.goal == ReplicaGoal::kBringUp && !has_moved) continue;  // It has not answered yet, as far as is known.
    const auto run = context_.runtime.Inspect(id);
    if (!run || !run->running || run->started.milliseconds == 0) continue;
    if (!TakesConnections(context_.runtime, id)) continue;
    ReplicaRecord& record = RecordOf(id);
    record.healthy = true;
    record.healthy_since = run->started;
  }
}

bool Replicas::Retire(const store::Resource& endpoint, const Plan& plan) {
  std::set<std::string> stay;
  for (const PlannedReplica& planned : plan.replicas) stay.insert(planned.replica.id);
  bool none_left = ForgetChores(endpoint, plan, stay);
  for (const std::string& id : context_.runtime.List()) {
    if (!id.starts_with(PrefixOf(endpoint)) || stay.contains(id)) continue;
    const auto run = context_.runtime.Inspect(id);
    if (run && run->running) {
      if (context_.router.Outstanding(id) == 0) context_.runtime.Stop(id, kStopGrace);
      none_left = false;
      continue;
    }
    Forget(id);
    context_.workload_keys.Remove(id);
  }
  if (!none_left) return false;
  ForgetRecords(endpoint, stay);
  return RemoveFiles(endpoint, plan);
}

void Replicas::ForgetRecords(const store::Resource& endpoint, const std::set<std::string>& stay) {
  const MutexLock lock(mutex_);
  std::erase_if(records_, [&](const auto& entry) {
    return entry.first.starts_with(PrefixOf(endpoint)) && !stay.contains(entry.first);
  });
  if (stay.empty()) rooms_.erase(endpoint.uid);
}

bool Replicas::ForgetChores(const store::Resource& endpoint, const Plan& plan, const std::set<std::string>& stay) {
  if (stay.empty()) return context_.chores.ForgetAll(ChoresOf(endpoint));
  std::set<std::string> needed;
  for (const PlannedReplica& planned : plan.replicas) needed.insert(ModelChore(endpoint, planned.replica));
  std::vector<std::string> placing, groups;
  {
    const MutexLock lock(mutex_);
    const std::string of_endpoint = ChoresOf(endpoint);
    std::erase_if(preparing_, [&](const auto& entry) { return !context_.chores.Knows(entry.first); });
    for (auto it = preparing_.lower_bound(of_endpoint); it != preparing_.end() && it->first.starts_with(of_endpoint);
         ++it) {
      if (!needed.contains(it->first)) placing.push_back(it->first);
    }
    const std::string prefix = PrefixOf(endpoint);
    for (auto it = records_.lower_bound(prefix); it != records_.end() && it->first.starts_with(prefix); ++it) {
      if (!stay.contains(it->first)) groups.push_back(ReplicaChores(endpoint, it->first));
    }
  }
  bool none_left = true;
  for (const std::string& chore : placing) none_left = context_.chores.Forget(chore) && none_left;
  for (const std::string& group : groups) none_left = context_.chores.ForgetAll(group) && none_left;
  return none_left;
}

bool Replicas::RemoveFiles(const store::Resource& endpoint, const Plan& plan) {
  std::set<std::string> stay;
  for (const PlannedReplica& planned : plan.replicas) stay.insert(DirectoryName(planned.replica));
  const Path directory = DirectoryOf(context_, endpoint);
  std::vector<Path> go;
  for (const Path& path : EntriesOf(directory)) {
    if (!stay.contains(path.filename().string())) go.push_back(path);
  }
  if (stay.empty() && std::filesystem::exists(directory)) go.push_back(directory);
  // Not among the chores of the endpoint: it is not to be stopped half-way.
  const std::string chore = "files of endpoint/" + endpoint.uid;
  if (go.empty()) return context_.chores.Forget(chore);
  const auto outcome = context_.chores.Do(kEnds, chore, endpoint.key, [go](std::stop_token stop) -> Json {
    for (const Path& path : go) {
      if (!RemoveTree(path, stop)) throw Error(kInternalFailure, path.string() + " cannot be deleted.");
    }
    return {};
  });
  if (outcome == nullptr) return false;
  context_.chores.Forget(chore);
  if (!outcome->failure) return false;  // Look once more: more may have come.
  LogWarning("Files of endpoint {} stay behind: {}", endpoint.key.name, outcome->message);
  return true;
}

}  // namespace sagebrush::sagemaker
