#include "sagemaker/hosting/endpoint_controller.h"

#include <algorithm>

#include "base/log.h"
#include "inference/router.h"
#include "runtime/capacity.h"
#include "sagemaker/failure_text.h"
#include "sagemaker/hosting/endpoint_step.h"
#include "sagemaker/hosting/hosting.h"
#include "sagemaker/workload_keys.h"

namespace sagebrush::sagemaker {
namespace {

constexpr Seconds kRetireInterval{0.05};
constexpr Seconds kCapacityRetry{5};  // Besides being told.
// A deployment that finds no room for so long fails, as AWS's do when it has no instances of a type to give.
constexpr Seconds kRoomWaitMax{3600};

Seconds SecondsOf(const Json& document, std::string_view member) {
  return Seconds(static_cast<double>(GetInt(document, member)));
}

Time TimeOf(const Json& document, std::string_view member, Time fallback) {
  return {GetInt(document, member, fallback.milliseconds)};
}

std::optional<Seconds> Sooner(std::optional<Seconds> a, std::optional<Seconds> b) {
  return a && b ? std::min(*a, *b) : a ? a : b;
}

runtime::Claim ClaimOf(const store::Resource& endpoint, const JsonArray& variants) {
  runtime::Claim claim;
  for (const Json& variant : variants) {
    claim.instances[GetString(variant, "InstanceType")] += GetInt(variant, "InstanceCount");
  }
  claim.order = ToIso8601(TimeOf(endpoint.spec, "Asked", endpoint.created), true);
  claim.lasting = true;
  return claim;
}

const JsonArray& Desired(const store::Resource& endpoint) { return endpoint.spec.at("Variants").as_array(); }

}  // namespace

const std::string& EndpointController::Kind() const { return EndpointNoun().kind; }

void EndpointController::Write(const store::Resource& endpoint, const std::function<void(store::Resource&)>& change) {
  Rewrite(context_, EndpointNoun(), endpoint.key, [&](store::Resource& stored) {
    if (stored.uid != endpoint.uid) return;
    change(stored);
    stored.state = StateOf(stored);
  });
}

void EndpointController::Restore(const store::Resource& endpoint) {
  context_.workload_keys.Set(endpoint.uid, endpoint.key);
  const Json* serving = Find(endpoint.status, "Serving");
  const EndpointStep step = NextStep(endpoint);
  runtime::Claim held;
  if (serving != nullptr) {
    const JsonArray& variants = serving->at("Variants").as_array();
    held = ClaimOf(endpoint, variants);
    if (step != EndpointStep::kDelete) Route(endpoint, fleets_.Survey(endpoint, FleetOf(*serving), variants));
  }
  const runtime::Claim desired = ClaimOf(endpoint, Desired(endpoint));
  const std::vector<Instance> instances = InstancesOf(endpoint.uid, FleetOf(endpoint.spec), Desired(endpoint));
  const bool begun = step == EndpointStep::kDeploy && std::ranges::any_of(instances, [&](const Instance& instance) {
                       return context_.runtime.Inspect(instance.workload).has_value();
                     });
  if (begun) {  // It had been given the room for all of it.
    held.order = desired.order;
    held.lasting = true;
    for (const auto& [type, count] : desired.instances) held.instances[type] = std::max(held.instances[type], count);
  }
  if (!held.instances.empty()) context_.capacity.Hold(endpoint.uid, held);
  if (step == EndpointStep::kDeploy && !begun) context_.capacity.Queue(endpoint.uid, desired);
}

std::optional<Seconds> EndpointController::Reconcile(const store::Key& key) {
  const auto endpoint = context_.store.Get(key);
  if (endpoint == nullptr) return std::nullopt;
  if (endpoint->state != StateOf(*endpoint)) {  // An earlier version left it there.
    Write(*endpoint, [](store::Resource&) {});
    return Seconds(0);
  }
  switch (NextStep(*endpoint)) {
    case EndpointStep::kDelete:
      return Delete(*endpoint);
    case EndpointStep::kDeploy:
      return Deploy(*endpoint);
    case EndpointStep::kServe:
      return Serve(*endpoint);
    case EndpointStep::kFailed:
      return Rest(*endpoint);
  }
  return std::nullopt;
}

std::optional<Seconds> EndpointController::Deploy(const store::Resource& endpoint) {
  std::optional<Seconds> look_again;
  if (Find(endpoint.status, "Serving") != nullptr) look_again = Keep(endpoint).look_again;
  const Time now = context_.clock.Now();
  const Seconds time_max = SecondsOf(endpoint.spec, "DeploySecondsMax");
  if (time_max > Seconds(0)) {
    const Seconds left = time_max - Seconds(now - TimeOf(endpoint.spec, "Asked", endpoint.created));
    if (left <= Seconds(0)) {
      FailDeployment(endpoint, fmt::format("The deployment took longer than MaximumExecutionTimeoutInSeconds ({:g}).",
                                           time_max.count()));
      return Seconds(0);
    }
    look_again = Sooner(look_again, left);
  }
  Fleet fleet;
  try {
    if (!Reserve(endpoint)) return Sooner(look_again, kCapacityRetry);
    fleet = fleets_.Advance(endpoint, FleetOf(endpoint.spec), Desired(endpoint), Fleets::OnCrash::kThrow);
  } catch (const std::exception& error) {
    const auto* known = dynamic_cast<const Error*>(&error);
    if (known != nullptr && known->kind().code == kServiceUnavailable.code)
      throw;  // The store: it says when it is back.
    FailDeployment(endpoint, TextForUser(error, "endpoint/" + endpoint.key.name));
    return Seconds(0);  // To stop what has come up, and let go of its room.
  }
  if (!fleet.IsComplete()) return Sooner(look_again, fleet.look_again);
  Route(endpoint, fleet);
  Commit(endpoint);
  return Seconds(0);  // Now serving: look again, to stop the old ones.
}

bool EndpointController::Reserve(const store::Resource& endpoint) {
  context_.workload_keys.Set(endpoint.uid, endpoint.key);  // The capacity wakes who waits by this name.
  const auto reservation = context_.capacity.TryReserve(endpoint.uid, ClaimOf(endpoint, Desired(endpoint)));
  using Answer = runtime::Reservation::Answer;
  const Seconds waited(context_.clock.Now() - TimeOf(endpoint.spec, "Asked", endpoint.created));
  if (reservation.answer == Answer::kNever || (reservation.answer == Answer::kWait && waited > kRoomWaitMax)) {
    FailDeployment(endpoint, reservation.message);
    return false;
  }
  TellWaiting(endpoint, reservation.message);
  return reservation.answer == Answer::kGiven;
}

void EndpointController::Commit(const store::Resource& endpoint) {
  const std::int64_t generation = GetInt(endpoint.spec, "Generation");
  Write(endpoint, [&](store::Resource& served) {
    if (GetInt(served.spec, "Generation") != generation) return;
    JsonObject& status = served.status.as_object();
    status["Serving"] = {{"Generation", generation},
                         {"Fleet", FleetOf(endpoint.spec)},
                         {"Since", context_.clock.Now().milliseconds},
                         {"EndpointConfigName", GetString(endpoint.spec, "EndpointConfigName")},
                         {"Variants", Desired(endpoint)}};
    status.erase("FailureReason");
    status.erase("FailedGeneration");
  });
}

void EndpointController::FailDeployment(const store::Resource& endpoint, const std::string& reason) {
  const std::int64_t generation = GetInt(endpoint.spec, "Generation");
  LogWarning("Endpoint {}: the deployment failed: {}", endpoint.key.name, reason);
  Write(endpoint, [&](store::Resource& failed) {
    if (GetInt(failed.spec, "Generation") != generation) return;
    JsonObject& status = failed.status.as_object();
    status["FailedGeneration"] = generation;
    status["FailureReason"] = FailureReasonText(WithoutPathsBelow(reason, context_.data));
    status.erase("Waiting");
  });
}

void EndpointController::TellWaiting(const store::Resource& endpoint, const std::string& waiting) {
  if (GetString(endpoint.status, "Waiting") == waiting) return;
  Write(endpoint, [&](store::Resource& told) { told.status.as_object()["Waiting"] = waiting; });
}

Fleet EndpointController::Keep(const store::Resource& endpoint) {
  const Json& serving = endpoint.status.at("Serving");
  Fleet fleet =
      fleets_.Advance(endpoint, FleetOf(serving), serving.at("Variants").as_array(), Fleets::OnCrash::kRestart);
  Route(endpoint, fleet);
  return fleet;
}

std::optional<Seconds> EndpointController::Serve(const store::Resource& endpoint) {
  const Fleet fleet = Keep(endpoint);
  const Json& serving = endpoint.status.at("Serving");
  const bool met = GetInt(serving, "Generation") == GetInt(endpoint.spec, "Generation");
  const Seconds left = SecondsOf(endpoint.spec, "RetireSeconds") -
                       Seconds(context_.clock.Now() - TimeOf(serving, "Since", endpoint.modified));
  if (met && left > Seconds(0)) return Sooner(fleet.look_again, left);  // TerminationWaitInSeconds.
  if (!fleets_.Retire(endpoint, &fleet)) return kRetireInterval;
  context_.capacity.Hold(endpoint.uid, ClaimOf(endpoint, *fleet.variants));
  return fleet.look_again;
}

void EndpointController::Route(const store::Resource& endpoint, const Fleet& fleet) {
  std::vector<inference::Variant> variants;
  for (const Json& variant : *fleet.variants) {
    variants.push_back({.name = GetString(variant, "VariantName"),
                        .weight = GetDouble(variant, "Weight"),
                        .instances = {},
                        .routing = GetString(variant, "RoutingStrategy") == "RANDOM"
                                       ? inference::Routing::kRandom
                                       : inference::Routing::kLeastLoaded});
  }
  for (const Instance& instance : fleet.healthy) {
    variants[instance.variant].instances.push_back({instance.workload});
  }
  context_.router.SetEndpoint(endpoint.key.account, endpoint.key.region, GetString(endpoint.spec, "EndpointName"),
                              variants);
}

std::optional<Seconds> EndpointController::Rest(const store::Resource& endpoint) {
  if (!fleets_.Retire(endpoint, nullptr)) return kRetireInterval;
  context_.capacity.Release(endpoint.uid);
  context_.workload_keys.Remove(endpoint.uid);
  return std::nullopt;
}

std::optional<Seconds> EndpointController::Delete(const store::Resource& endpoint) {
  context_.router.RemoveEndpoint(endpoint.key.account, endpoint.key.region, GetString(endpoint.spec, "EndpointName"));
  const auto again = Rest(endpoint);
  if (again) return again;
  context_.store.Delete(endpoint);
  return std::nullopt;
}

std::unique_ptr<reconcile::Controller> MakeEndpointController(const Context& context) {
  return std::make_unique<EndpointController>(context);
}

}  // namespace sagebrush::sagemaker
