#include "sagemaker/hosting/endpoint_controller.h"

#include "base/digest.h"
#include "base/encoding.h"
#include "base/line_file.h"
#include "base/log.h"
#include "inference/router.h"
#include "runtime/capacity.h"
#include "sagemaker/failure_text.h"
#include "sagemaker/hosting/endpoint_step.h"
#include "sagemaker/hosting/health_check.h"
#include "sagemaker/hosting/hosting.h"
#include "sagemaker/hosting/model_container.h"
#include "sagemaker/workload_keys.h"
#include "telemetry/log_store.h"
#include "telemetry/meter.h"

namespace sagebrush::sagemaker {
namespace {

constexpr Seconds kStopGrace{30};
constexpr Seconds kPingIntervalMin{0.004};
constexpr Seconds kPingIntervalMax{1.0};
constexpr Seconds kCapacityRetry{1.0};
constexpr Seconds kRetireInterval{0.05};

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

// Usage is recorded for each start of a workload: a replaced instance is another entry.
std::string UsageId(const std::string& workload, Time started) {
  return fmt::format("{}@{}", workload, started.milliseconds);
}

std::string DidNotAnswer(const Json& variant, const std::string& endpoint) {
  return fmt::format(
      "The primary container for production variant {} did not pass the ping health check. Please check "
      "CloudWatch logs for this endpoint (/aws/sagemaker/Endpoints/{}).",
      GetString(variant, "VariantName"), endpoint);
}

std::string Exited(const Json& variant, const std::string& endpoint, const runtime::WorkloadState& run) {
  if (run.reason == runtime::ExitReason::kOutOfMemory) {
    return fmt::format(
        "The container of production variant {} used more memory than {} has. Choose an instance type with "
        "more memory.",
        GetString(variant, "VariantName"), GetString(variant, "InstanceType"));
  }
  return fmt::format(
      "The container of production variant {} exited with code {}{}{} before it answered. Please check "
      "CloudWatch logs for this endpoint (/aws/sagemaker/Endpoints/{}).",
      GetString(variant, "VariantName"), run.exit_code, run.message.empty() ? "" : ": ", run.message, endpoint);
}

}  // namespace

const std::string& EndpointController::Kind() const { return EndpointNoun().kind; }

std::optional<Seconds> EndpointController::Reconcile(const store::Key& key) {
  const auto endpoint = context_.store.Get(key);
  if (endpoint == nullptr) return std::nullopt;
  switch (NextStep(*endpoint)) {
    case EndpointStep::kDelete:
      return Delete(*endpoint);
    case EndpointStep::kDeploy:
      return Deploy(*endpoint);
    case EndpointStep::kServe:
      return Serve(*endpoint);
    case EndpointStep::kFailed:
      return Retire(*endpoint, {}) ? std::nullopt : std::optional(kRetireInterval);
  }
  return std::nullopt;
}

bool EndpointController::IsHealthy(const std::string& workload) const {
  const std::lock_guard lock(mutex_);
  return healthy_.contains(workload);
}

runtime::Reservation EndpointController::Reserve(const std::string& slot, const std::string& instance_type,
                                                 const std::string& order) {
  auto reservation = context_.capacity.TryReserve(slot, instance_type, order);
  const auto wanted = context_.capacity.Offer(instance_type).room;
  const bool of_another_type =
      reservation.room && wanted &&
      (reservation.room->memory_bytes != wanted->memory_bytes || reservation.room->cpus != wanted->cpus);
  if (!of_another_type) return reservation;
  context_.capacity.Release(slot);
  return context_.capacity.TryReserve(slot, instance_type, order);
}

void EndpointController::StartInstance(const store::Resource& endpoint, const Fleet& fleet, const Instance& instance,
                                       std::string& waiting) {
  const Json& variant = (*fleet.variants)[instance.variant];
  const auto reservation =
      Reserve(SlotOf(instance.workload), GetString(variant, "InstanceType"), ToIso8601(endpoint.modified, true));
  if (!reservation.room) {
    waiting = reservation.message;
    return;
  }
  const Path directory =
      DirectoryOf(context_, endpoint) / fmt::format("{}-{}", fleet.generation, GetString(variant, "VariantName"));
  const ModelContainer container(context_, endpoint.key, variant, directory);
  container.Prepare();
  const Path log_file = LogFileOf(context_, endpoint, variant, instance.workload);
  if (!reservation.message.empty()) {
    const Time now = context_.clock.Now();
    LineFileWriter(log_file).Append(now, now, "[sagebrush] " + reservation.message);
  }
  context_.runtime.Start(instance.workload, container.Workload(*reservation.room, log_file));
}

bool EndpointController::AdvanceInstance(const store::Resource& endpoint, const Fleet& fleet, const Instance& instance,
                                         bool replace, std::string& waiting) {
  const Json& variant = (*fleet.variants)[instance.variant];
  const std::string name = GetString(endpoint.spec, "EndpointName");
  const auto run = context_.runtime.Inspect(instance.workload);
  context_.workload_keys.Set(instance.workload, endpoint.key);
  context_.workload_keys.Set(SlotOf(instance.workload), endpoint.key);  // The capacity wakes who waits by slot.
  const Seconds startup_max(static_cast<double>(GetInt(variant, "StartupSeconds")));
  switch (NextStep(run, IsHealthy(instance.workload), context_.clock.Now(), startup_max)) {
    case InstanceStep::kStart:
      StartInstance(endpoint, fleet, instance, waiting);
      return false;
    case InstanceStep::kUse:
      return true;
    case InstanceStep::kGiveUp:
      if (!replace) throw Error(kValidation, DidNotAnswer(variant, name));
      [[fallthrough]];
    case InstanceStep::kReplace:
      if (!replace) throw Error(kValidation, Exited(variant, name, *run));
      LogWarning("Endpoint {}: starting {} again; {}", name, instance.workload, Exited(variant, name, *run));
      Forget(instance.workload);
      StartInstance(endpoint, fleet, instance, waiting);
      return false;
    case InstanceStep::kAsk:
      break;
  }
  if (run->started.milliseconds == 0 || !AnswersPing(context_.runtime, instance.workload)) return false;
  context_.meter.Begin(UsageId(instance.workload, run->started),
                       {.account = endpoint.key.account,
                        .region = endpoint.key.region,
                        .arn = ArnOf(EndpointNoun(), endpoint.key),
                        .use = "hosting",
                        .instance_type = GetString(variant, "InstanceType"),
                        .count = 1},
                       run->started);
  const std::lock_guard lock(mutex_);
  healthy_.insert(instance.workload);
  return true;
}

EndpointController::Fleet EndpointController::Advance(const store::Resource& endpoint, std::int64_t generation,
                                                      const JsonArray& variants, bool replace) {
  Fleet fleet{generation, &variants, InstancesOf(endpoint.uid, generation, variants), {}, ""};
  for (const Instance& instance : fleet.instances) {
    if (AdvanceInstance(endpoint, fleet, instance, replace, fleet.waiting)) fleet.healthy.push_back(instance);
  }
  return fleet;
}

void EndpointController::Route(const store::Resource& endpoint, const Fleet& fleet) {
  std::vector<inference::Variant> variants;
  for (const Json& variant : *fleet.variants) {
    variants.push_back({GetString(variant, "VariantName"), GetDouble(variant, "Weight"), {}});
  }
  for (const Instance& instance : fleet.healthy) {
    variants[instance.variant].instances.push_back({instance.workload});
  }
  context_.router.SetEndpoint(endpoint.key.account, endpoint.key.region, GetString(endpoint.spec, "EndpointName"),
                              variants);
}

// A young fleet is asked often: a model server is up within milliseconds.
std::optional<Seconds> EndpointController::AskAgain(const Fleet& fleet) {
  if (!fleet.waiting.empty()) return kCapacityRetry;
  Seconds youngest = kPingIntervalMax;
  for (const Instance& instance : fleet.instances) {
    const auto run = context_.runtime.Inspect(instance.workload);
    if (!run || IsHealthy(instance.workload)) continue;
    const Seconds age = run->started.milliseconds == 0 ? Seconds(0) : Seconds(context_.clock.Now() - run->started);
    youngest = std::min(youngest, std::max(kPingIntervalMin, age / 8));
  }
  return youngest;
}

std::optional<Seconds> EndpointController::Deploy(const store::Resource& endpoint) {
  const std::int64_t generation = GetInt(endpoint.spec, "Generation");
  const JsonArray& variants = endpoint.spec.at("Variants").as_array();
  const bool same_generation = GetInt(endpoint.status, "Serving.Generation") == generation;
  if (Find(endpoint.status, "Serving") != nullptr)
    Serve(endpoint);  // The old ones go on meanwhile, also after a restart.
  Fleet fleet;
  try {
    fleet = Advance(endpoint, generation, variants, same_generation);
  } catch (const std::exception& error) {
    FailDeployment(endpoint, TextForUser(error, "endpoint/" + endpoint.key.name));
    return std::nullopt;
  }
  TellWaiting(endpoint, fleet.waiting);
  if (fleet.healthy.size() < fleet.instances.size()) return AskAgain(fleet);
  Route(endpoint, fleet);
  Change(context_, EndpointNoun(), endpoint.key, [&](store::Resource& served) {
    if (served.uid != endpoint.uid || GetInt(served.spec, "Generation") != generation) return;
    JsonObject& status = served.status.as_object();
    status["Serving"] = {{"Generation", generation},
                         {"EndpointConfigName", GetString(endpoint.spec, "EndpointConfigName")},
                         {"Variants", variants}};
    status.erase("FailureReason");
    if (!GetBool(served.spec, "Delete")) served.state = "InService";
  });
  return Seconds(0);  // Now serving: look again, to stop the old ones.
}

void EndpointController::TellWaiting(const store::Resource& endpoint, const std::string& waiting) {
  if (GetString(endpoint.status, "Waiting") == waiting) return;
  Change(context_, EndpointNoun(), endpoint.key, [&](store::Resource& told) {
    if (told.uid == endpoint.uid) told.status.as_object()["Waiting"] = waiting;
  });
}

std::optional<Seconds> EndpointController::Serve(const store::Resource& endpoint) {
  const Json& serving = endpoint.status.at("Serving");
  Fleet fleet;
  try {
    fleet = Advance(endpoint, GetInt(serving, "Generation"), serving.at("Variants").as_array(), true);
  } catch (const Error& error) {
    LogWarning("Endpoint {}: {}", endpoint.key.name, error.what());
    throw;  // Tried again later.
  }
  Route(endpoint, fleet);
  const bool deploying = NextStep(endpoint) == EndpointStep::kDeploy;
  if (!deploying && !Retire(endpoint, fleet.instances)) return kRetireInterval;
  return fleet.healthy.size() < fleet.instances.size() ? AskAgain(fleet) : std::nullopt;
}

void EndpointController::Forget(const std::string& workload) {
  if (const auto run = context_.runtime.Inspect(workload)) {
    const Time ended = run->ended.milliseconds != 0 ? run->ended : context_.clock.Now();
    context_.meter.End(UsageId(workload, run->started), ended);
  }
  context_.runtime.Remove(workload);
  const std::lock_guard lock(mutex_);
  healthy_.erase(workload);
}

bool EndpointController::Retire(const store::Resource& endpoint, const std::vector<Instance>& kept) {
  bool none_left = true;
  for (const std::string& workload : context_.runtime.List()) {
    if (!workload.starts_with(endpoint.uid + "-")) continue;
    if (std::any_of(kept.begin(), kept.end(), [&](const Instance& instance) { return instance.workload == workload; }))
      continue;
    const auto run = context_.runtime.Inspect(workload);
    if (run && run->running) {
      if (context_.router.Outstanding(workload) == 0) context_.runtime.Stop(workload, kStopGrace);
      none_left = false;
      continue;
    }
    Forget(workload);
    context_.workload_keys.Remove(workload);
    ReleaseSlot(SlotOf(workload), kept);
  }
  return none_left;
}

void EndpointController::ReleaseSlot(const std::string& slot, const std::vector<Instance>& kept) {
  for (const Instance& instance : kept) {
    if (SlotOf(instance.workload) == slot) return;
  }
  context_.capacity.Release(slot);
  context_.workload_keys.Remove(slot);
}

void EndpointController::FailDeployment(const store::Resource& endpoint, const std::string& reason) {
  const std::int64_t generation = GetInt(endpoint.spec, "Generation");
  std::vector<Instance> serving;
  if (const Json* now = Find(endpoint.status, "Serving")) {
    serving = InstancesOf(endpoint.uid, GetInt(*now, "Generation"), now->at("Variants").as_array());
  }
  for (const Instance& instance : InstancesOf(endpoint.uid, generation, endpoint.spec.at("Variants").as_array())) {
    ReleaseSlot(SlotOf(instance.workload), serving);  // Also of what only waits in line.
  }
  Change(context_, EndpointNoun(), endpoint.key, [&](store::Resource& failed) {
    if (failed.uid != endpoint.uid || GetInt(failed.spec, "Generation") != generation) return;
    JsonObject& status = failed.status.as_object();
    status["FailedGeneration"] = generation;
    status["FailureReason"] = FailureReasonText(WithoutPathsBelow(reason, context_.data));
    const bool serving = Find(failed.status, "Serving") != nullptr;
    if (!GetBool(failed.spec, "Delete")) failed.state = serving ? "InService" : "Failed";
  });
}

std::optional<Seconds> EndpointController::Delete(const store::Resource& endpoint) {
  context_.router.RemoveEndpoint(endpoint.key.account, endpoint.key.region, GetString(endpoint.spec, "EndpointName"));
  if (!Retire(endpoint, {})) return kRetireInterval;
  std::error_code ignored;
  std::filesystem::remove_all(DirectoryOf(context_, endpoint), ignored);
  context_.store.Delete(endpoint);
  return std::nullopt;
}

void RestoreEndpointCapacity(const Context& context, const store::Resource& endpoint) {
  const auto restore = [&](std::int64_t generation, const JsonArray& variants) {
    for (const Instance& instance : InstancesOf(endpoint.uid, generation, variants)) {
      const auto run = context.runtime.Inspect(instance.workload);
      if (!run || !run->running) continue;
      context.capacity.Restore(SlotOf(instance.workload), GetString(variants[instance.variant], "InstanceType"));
    }
  };
  restore(GetInt(endpoint.spec, "Generation"), endpoint.spec.at("Variants").as_array());
  if (const Json* serving = Find(endpoint.status, "Serving")) {
    restore(GetInt(*serving, "Generation"), serving->at("Variants").as_array());
  }
}

std::unique_ptr<reconcile::Controller> MakeEndpointController(const Context& context) {
  return std::make_unique<EndpointController>(context);
}

}  // namespace sagebrush::sagemaker
