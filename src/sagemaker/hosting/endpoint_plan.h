#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "inference/route.h"
#include "runtime/capacity.h"
#include "store/store.h"

// What becomes of an endpoint: pure functions of what is stored and what is seen.
//   spec:   {EndpointConfigName, Variants, Generation, Fleet, Asked, DeploymentConfig?, Delete?}
//   status: {Serving?: {Generation, Fleet, EndpointConfigName, Variants, DeploymentConfig?},
//            Shift?: {Generation, Step, Since}, Retiring?: {Fleet, Variants, Until},
//            FailedGeneration?, FailureReason?, RollingBack?, Waiting?}
// Every operation raises `Generation`. `Fleet` numbers the sets of replicas: a change of weights or counts goes on with
// the one that serves, anything else begins another. Numbers are never used again.
namespace sagebrush::sagemaker {

// A model server of one variant.
struct Replica {
  std::string id;  // For the runtime: "<endpoint uid>-<fleet>-<variant index>-<replica index>".
  std::int64_t fleet = 0;
  std::shared_ptr<const Json> variant;  // An element of Variants (endpoint_variants.h).
};

// What is seen of a replica.
struct ReplicaState {
  bool exists = false;   // The runtime knows it, also when it has ended.
  bool healthy = false;  // It runs and answers.
  std::string failure;   // Why a deployment that is to bring it up cannot succeed; empty: it may.
};

struct Observed {
  Time now;
  std::map<std::string, ReplicaState> replicas;  // By id: of all fleets, also of those that are to be gone.
  runtime::Reservation room;                     // What the capacity answered for this generation. At first: kGiven.
  Seconds room_wait_max{3600};                   // So long a deployment waits for room.
  std::string alarm;  // One of those that the deployment names that is in ALARM; empty: none.
};

enum class ReplicaGoal {
  kServe,    // It runs, and is started again whatever happens to it.
  kBringUp,  // It is started once there is room; what hinders it is a failure of its deployment.
  kKeep,     // It stays as it is.
};

struct PlannedReplica {
  Replica replica;
  ReplicaGoal goal;
};

// What is to be. Whoever makes it true does so in the order of the members.
struct Plan {
  std::optional<inference::Route> route;  // Healthy replicas only. nullopt: the endpoint has no route.
  Json status;                            // To be stored with `state`, the EndpointStatus, before anything is stopped.
  std::string state;
  std::vector<PlannedReplica> replicas;  // Those that serve first. Every other replica of the endpoint is to be gone.
  runtime::Claim room;                   // For all that are to run.
  bool asks_for_room = false;            // True: kBringUp waits until it is given. False: it is held, and no more.
  bool ends = false;                     // When no replica is left, the endpoint itself is deleted.
  std::optional<Seconds> look_again;     // Time alone changes the plan then.
};

// Decides the whole way of an endpoint: bringing up, moving traffic, baking, taking down, rolling back. Depends on its
// arguments only, so that any process goes on where the last one was: a step that was taken is in the status.
//   - A replica that is not healthy gets no traffic.
//   - While an update is under way, the old fleet goes as far as healthy replicas of the new one have its traffic.
//   - A deployment that fails ends with what served before (RollingBack, then InService), or Failed when nothing did.
//   - A plan that was made true and seen again gives the same plan: only time, failures and operations change it.
Plan NextPlan(const store::Resource& endpoint, const Observed& observed);

// The EndpointStatus that follows from spec and status: so none is left that nobody will move.
std::string StateOf(const store::Resource& endpoint);

// The fleet number in a spec or in status.Serving. Earlier versions numbered fleets by generation.
std::int64_t FleetOf(const Json& spec_or_serving);

// Of the smallest of the variants.
std::int64_t SmallestCount(const JsonArray& variants);

}  // namespace sagebrush::sagemaker
