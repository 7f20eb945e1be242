#include "sagemaker/hosting/fleet.h"

#include <algorithm>
#include <set>

#include "base/digest.h"
#include "base/directory.h"
#include "base/encoding.h"
#include "base/line_file.h"
#include "base/log.h"
#include "inference/router.h"
#include "reconcile/chores.h"
#include "sagemaker/hosting/health_check.h"
#include "sagemaker/hosting/hosting.h"
#include "sagemaker/hosting/model_container.h"
#include "sagemaker/last_lines.h"
#include "sagemaker/workload_keys.h"
#include "telemetry/log_store.h"
#include "telemetry/meter.h"

namespace sagebrush::sagemaker {
namespace {

constexpr Seconds kStopGrace{30};
constexpr Seconds kLookAgain{0.05};  // Where nothing wakes the endpoint: at an instance that is to end, say.
constexpr Seconds kDownloadTimeDefault{3600};

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

Path DirectoryOf(const Context& context, const store::Resource& endpoint) {
  return context.data / "endpoints" / endpoint.uid;
}

// Of one variant's model files.
std::string DirectoryName(std::int64_t number, const Json& variant) {
  return fmt::format("{}-{}", number, GetString(variant, "VariantName"));
}

// Chores are named so that all of an endpoint, or of an instance, can be forgotten together.
std::string ChoresOf(const store::Resource& endpoint) { return "endpoint/" + endpoint.uid + "/"; }
std::string ModelChores(const store::Resource& endpoint, std::int64_t number) {
  return fmt::format("{}model/{}-", ChoresOf(endpoint), number);
}
std::string InstanceChores(const store::Resource& endpoint, const std::string& workload) {
  return ChoresOf(endpoint) + "instance/" + workload + "/";
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

InstanceRecord& Fleets::RecordOf(const std::string& workload) {
  const std::lock_guard lock(mutex_);
  return records_[workload];
}

Fleet Fleets::Advance(const store::Resource& endpoint, std::int64_t number, const JsonArray& variants,
                      OnCrash on_crash) {
  Fleet fleet{number, &variants, InstancesOf(endpoint.uid, number, variants), {}, {}};
  context_.workload_keys.Set(endpoint.uid, endpoint.key);  // The capacity wakes who waits by this name.
  for (const Instance& instance : fleet.instances) {
    context_.workload_keys.Set(instance.workload, endpoint.key);
    try {
      if (AdvanceInstance(endpoint, fleet, instance, on_crash)) fleet.healthy.push_back(instance);
    } catch (const std::exception& error) {
      if (on_crash == OnCrash::kThrow) throw;
      // What hinders one instance hinders neither the others nor the update that may put it right.
      InstanceRecord& record = RecordOf(instance.workload);
      const Time now = context_.clock.Now();
      RecordCrash(record, instance.workload, now, error.what());
      fleet.LookWithin(record.start_after - now);
      LogWarning("Endpoint {}: {} cannot be brought up now: {}", endpoint.key.name, instance.workload, error.what());
    }
  }
  return fleet;
}

bool Fleets::AdvanceInstance(const store::Resource& endpoint, Fleet& fleet, const Instance& instance,
                             OnCrash on_crash) {
  const Json& variant = (*fleet.variants)[instance.variant];
  const auto run = context_.runtime.Inspect(instance.workload);
  const InstanceRecord& record = RecordOf(instance.workload);
  const Time now = context_.clock.Now();
  if (on_crash == OnCrash::kThrow && IsHopeless(record, now, StartupMax(variant))) {
    throw Error(kValidation, record.last_words);
  }
  switch (NextStep(run, record, now, StartupMax(variant))) {
    case InstanceStep::kStart:
      Start(endpoint, fleet, instance);
      break;
    case InstanceStep::kWait:
      fleet.LookWithin(record.start_after - now);
      break;
    case InstanceStep::kAsk:
      Ask(endpoint, fleet, instance, *run);
      break;
    case InstanceStep::kGiveUp:
      GiveUp(endpoint, fleet, instance, on_crash);
      break;
    case InstanceStep::kBury:
      Bury(endpoint, fleet, instance, *run);
      break;
    case InstanceStep::kUse:
      break;
  }
  return record.healthy && run && run->running;
}

void Fleets::Start(const store::Resource& endpoint, Fleet& fleet, const Instance& instance) {
  const Json& variant = (*fleet.variants)[instance.variant];
  if (!Prepare(endpoint, fleet, variant)) return;
  const Path directory = DirectoryOf(context_, endpoint) / DirectoryName(fleet.number, variant);
  const ModelContainer container(context_, ArnOf(EndpointNoun(), endpoint.key), endpoint.key.region, variant,
                                 directory);
  const Path log_file = LogFileOf(context_, endpoint, variant, instance.workload);
  const runtime::InstanceOffer offer = context_.capacity.Offer(GetString(variant, "InstanceType"));
  const Time now = context_.clock.Now();
  if (!offer.notice.empty()) LineFileWriter(log_file).Append(now, now, "[sagebrush] " + offer.notice);
  InstanceRecord& record = RecordOf(instance.workload);
  if (record.first_start.milliseconds == 0) record.first_start = now;
  record.healthy = false;
  context_.runtime.Start(instance.workload, container.Workload(instance.workload, offer.room, log_file));
  fleet.LookWithin(PingInterval(Seconds(0)));
}

bool Fleets::Prepare(const store::Resource& endpoint, Fleet& fleet, const Json& variant) {
  const Path directory = DirectoryOf(context_, endpoint) / DirectoryName(fleet.number, variant);
  if (ModelContainer(context_, ArnOf(EndpointNoun(), endpoint.key), endpoint.key.region, variant, directory)
          .IsPrepared())
    return true;
  const std::string chore = ModelChores(endpoint, fleet.number) + GetString(variant, "VariantName");
  const auto outcome = context_.chores.Do(
      kModels, chore, endpoint.key, [this, key = endpoint.key, variant, directory](std::stop_token stop) -> Json {
        ModelContainer(context_, ArnOf(EndpointNoun(), key), key.region, variant, directory).Prepare(stop);
        return {};
      });
  const Time now = context_.clock.Now();
  Time since;
  {
    const std::lock_guard lock(mutex_);
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
  fleet.LookWithin(left);
  return false;
}

void Fleets::Ask(const store::Resource& endpoint, Fleet& fleet, const Instance& instance,
                 const runtime::WorkloadState& run) {
  InstanceRecord& record = RecordOf(instance.workload);
  const Time now = context_.clock.Now();
  if (run.started.milliseconds == 0) return;  // The runtime tells when it has started.
  const Seconds age(now - run.started);
  fleet.LookWithin(StartupMax(fleet.variants->at(instance.variant)) - age + kLookAgain);
  const std::string chore = InstanceChores(endpoint, instance.workload) + "ping";
  if (now < record.ask_after && !context_.chores.Knows(chore)) {
    fleet.LookWithin(record.ask_after - now);
    return;
  }
  const auto outcome =
      context_.chores.Do(kHealth, chore, endpoint.key, [this, workload = instance.workload](std::stop_token stop) {
        return Json(AnswersPing(context_.runtime, workload, stop));
      });
  if (outcome == nullptr) return;
  context_.chores.Forget(chore);
  if (outcome->failure || !outcome->result.as_bool()) {
    const Seconds interval = PingInterval(age);
    record.ask_after = now + std::chrono::ceil<Milliseconds>(interval);
    fleet.LookWithin(interval);
    return;
  }
  context_.meter.Begin(UsageId(instance.workload, run.started),
                       {.account = endpoint.key.account,
                        .region = endpoint.key.region,
                        .arn = ArnOf(EndpointNoun(), endpoint.key),
                        .use = "hosting",
                        .instance_type = GetString(fleet.variants->at(instance.variant), "InstanceType"),
                        .count = 1},
                       run.started);
  record.healthy = true;
  record.healthy_since = now;
}

void Fleets::GiveUp(const store::Resource& endpoint, Fleet& fleet, const Instance& instance, OnCrash on_crash) {
  const Json& variant = fleet.variants->at(instance.variant);
  // The log is read by Bury; a deployment does not wait for that, since the instance may take its time to end.
  if (on_crash == OnCrash::kThrow) throw Error(kValidation, DidNotAnswer(variant) + SeeLogs(endpoint, ""));
  context_.runtime.Stop(instance.workload, Seconds(0));
  fleet.LookWithin(kLookAgain);
}

void Fleets::Bury(const store::Resource& endpoint, Fleet& fleet, const Instance& instance,
                  const runtime::WorkloadState& run) {
  const Json& variant = fleet.variants->at(instance.variant);
  const std::string chore = InstanceChores(endpoint, instance.workload) + "end";
  const Path log_file = LogFileOf(context_, endpoint, variant, instance.workload);
  const auto outcome =
      context_.chores.Do(kEnds, chore, endpoint.key, [log_file](std::stop_token) { return Json(LastLines(log_file)); });
  if (outcome == nullptr) return;
  context_.chores.Forget(chore);
  const std::string lines = outcome->failure ? "" : std::string(outcome->result.as_string());
  const std::string last_words = Exited(variant, run) + SeeLogs(endpoint, lines);
  const Time now = context_.clock.Now();
  InstanceRecord& record = RecordOf(instance.workload);
  RecordCrash(record, instance.workload, now, last_words);
  Forget(instance.workload);
  const Seconds delay(record.start_after - now);
  LogWarning("Endpoint {}: {} is started again in {:.2f} s: {}", GetString(endpoint.spec, "EndpointName"),
             instance.workload, delay.count(), last_words);
  fleet.LookWithin(Seconds(0));  // For a deployment that may be without hope now.
}

void Fleets::Forget(const std::string& workload) {
  if (const auto run = context_.runtime.Inspect(workload)) {
    const Time ended = run->ended.milliseconds != 0 ? run->ended : context_.clock.Now();
    context_.meter.End(UsageId(workload, run->started), ended);
  }
  context_.runtime.Remove(workload);
}

Fleet Fleets::Survey(const store::Resource& endpoint, std::int64_t number, const JsonArray& variants) {
  Fleet fleet{number, &variants, InstancesOf(endpoint.uid, number, variants), {}, {}};
  for (const Instance& instance : fleet.instances) {
    context_.workload_keys.Set(instance.workload, endpoint.key);
    const auto run = context_.runtime.Inspect(instance.workload);
    if (!run || !run->running || run->started.milliseconds == 0) continue;
    if (!TakesConnections(context_.runtime, instance.workload)) continue;
    InstanceRecord& record = RecordOf(instance.workload);
    record.healthy = true;
    record.healthy_since = run->started;
    fleet.healthy.push_back(instance);
  }
  return fleet;
}

bool Fleets::Retire(const store::Resource& endpoint, const Fleet* kept) {
  std::set<std::string> stay;
  if (kept != nullptr) {
    for (const Instance& instance : kept->instances) stay.insert(instance.workload);
  }
  bool none_left = ForgetChores(endpoint, kept, stay);
  for (const std::string& workload : context_.runtime.List()) {
    if (!workload.starts_with(endpoint.uid + "-") || stay.contains(workload)) continue;
    const auto run = context_.runtime.Inspect(workload);
    if (run && run->running) {
      if (context_.router.Outstanding(workload) == 0) context_.runtime.Stop(workload, kStopGrace);
      none_left = false;
      continue;
    }
    Forget(workload);
    context_.workload_keys.Remove(workload);
  }
  if (!none_left) return false;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(records_, [&](const auto& entry) {
      return entry.first.starts_with(endpoint.uid + "-") && !stay.contains(entry.first);
    });
  }
  return RemoveFiles(endpoint, kept);
}

bool Fleets::ForgetChores(const store::Resource& endpoint, const Fleet* kept, const std::set<std::string>& stay) {
  if (kept == nullptr) return context_.chores.ForgetAll(ChoresOf(endpoint));
  bool none_left = context_.chores.ForgetAll(ChoresOf(endpoint) + "model/", ModelChores(endpoint, kept->number));
  std::vector<std::string> workloads;
  {
    const std::lock_guard lock(mutex_);
    for (auto it = records_.lower_bound(endpoint.uid); it != records_.end() && it->first.starts_with(endpoint.uid);
         ++it) {
      if (!stay.contains(it->first)) workloads.push_back(it->first);
    }
    std::erase_if(preparing_, [&](const auto& entry) { return !context_.chores.Knows(entry.first); });
  }
  for (const std::string& workload : workloads) {
    none_left = context_.chores.ForgetAll(InstanceChores(endpoint, workload)) && none_left;
  }
  return none_left;
}

bool Fleets::RemoveFiles(const store::Resource& endpoint, const Fleet* kept) {
  std::set<std::string> stay;
  if (kept != nullptr) {
    for (const Json& variant : *kept->variants) stay.insert(DirectoryName(kept->number, variant));
  }
  const Path directory = DirectoryOf(context_, endpoint);
  std::vector<Path> go;
  for (const Path& path : EntriesOf(directory)) {
    if (!stay.contains(path.filename().string())) go.push_back(path);
  }
  if (kept == nullptr && std::filesystem::exists(directory)) go.push_back(directory);
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
