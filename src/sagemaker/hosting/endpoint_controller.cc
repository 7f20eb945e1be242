#include "sagemaker/hosting/endpoint_controller.h"

#include <algorithm>

#include "base/log.h"
#include "inference/router.h"
#include "runtime/capacity.h"
#include "sagemaker/hosting/hosting.h"
#include "sagemaker/workload_keys.h"

namespace sagebrush::sagemaker {
namespace {

std::optional<Seconds> Sooner(std::optional<Seconds> a, std::optional<Seconds> b) {
  return a && b ? std::min(*a, *b) : a ? a : b;
}

}  // namespace

const std::string& EndpointController::Kind() const { return EndpointNoun().kind; }

void EndpointController::Restore(const store::Resource& endpoint) {
  context_.workload_keys.Set(endpoint.uid, endpoint.key);
  replicas_.Survey(endpoint, NextPlan(endpoint, replicas_.Observe(endpoint)));
  const Plan plan = NextPlan(endpoint, replicas_.Observe(endpoint));
  SetRoute(endpoint, plan);
  HoldRoom(endpoint, plan);
}

void EndpointController::HoldRoom(const store::Resource& endpoint, const Plan& plan) {
  const Observed seen = replicas_.Observe(endpoint);
  const auto runs = [&](const PlannedReplica& planned) { return seen.replicas.contains(planned.replica.id); };
  runtime::Claim held{.order = plan.room.order, .lasting = true};
  bool begun = false;
  for (const PlannedReplica& planned : plan.replicas) {
    begun = begun || (planned.goal == ReplicaGoal::kBringUp && runs(planned));
    if (planned.goal == ReplicaGoal::kServe) ++held.instances[GetString(*planned.replica.variant, "InstanceType")];
  }
  if (begun || !plan.asks_for_room) {  // It had been given the room for all of it.
    for (const auto& [type, count] : plan.room.instances) held.instances[type] = std::max(held.instances[type], count);
  }
  if (!held.instances.empty()) context_.capacity.Hold(endpoint.uid, held);
  if (plan.asks_for_room && !begun) context_.capacity.Queue(endpoint.uid, plan.room);
}

std::optional<Seconds> EndpointController::Reconcile(const store::Key& key) {
  const auto endpoint = context_.store.Get(key);
  if (endpoint == nullptr) return std::nullopt;
  const Plan plan = NextPlan(*endpoint, replicas_.Observe(*endpoint));
  SetRoute(*endpoint, plan);
  if (!Write(*endpoint, plan)) return Seconds(0);
  const Replicas::Progress progress = replicas_.Make(*endpoint, plan);
  if (!plan.ends || !progress.is_alone) return Sooner(plan.look_again, progress.look_again);
  return context_.store.Delete(*endpoint) ? std::nullopt : std::optional(Seconds(0));
}

void EndpointController::SetRoute(const store::Resource& endpoint, const Plan& plan) {
  const auto& [kind, account, region, key] = endpoint.key;
  const std::string name = GetString(endpoint.spec, "EndpointName");
  if (plan.route) {
    context_.router.SetRoute(account, region, name, *plan.route);
  } else {
    context_.router.RemoveRoute(account, region, name);
  }
}

bool EndpointController::Write(store::Resource endpoint, const Plan& plan) {
  if (endpoint.status == plan.status && endpoint.state == plan.state) return true;
  if (GetInt(plan.status, "FailedGeneration") != GetInt(endpoint.status, "FailedGeneration")) {
    LogWarning("Endpoint {}: the deployment failed: {}", endpoint.key.name, GetString(plan.status, "FailureReason"));
  }
  endpoint.status = plan.status;
  endpoint.state = plan.state;
  endpoint.modified = context_.clock.Now();
  return context_.store.Update(endpoint);
}

std::unique_ptr<reconcile::Controller> MakeEndpointController(const Context& context) {
  return std::make_unique<EndpointController>(context);
}

}  // namespace sagebrush::sagemaker
