#include "sagemaker/hosting/endpoint_plan.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "sagemaker/failure_text.h"
#include "sagemaker/hosting/deployment_policy.h"

namespace sagebrush::sagemaker {
namespace {

constexpr Seconds kAlarmInterval{1};  // Nobody is woken by an alarm.

enum class Phase {
  kDelete,  // Everything goes, then the endpoint itself.
  kDeploy,  // What the spec asks for comes, beside what serves now.
  kServe,   // What serves now stays: the spec is met, or could not be met and was given up.
  kFailed,  // Nothing: the first deployment failed.
};

Phase PhaseOf(const store::Resource& endpoint) {
  if (GetBool(endpoint.spec, "Delete")) return Phase::kDelete;
  const std::int64_t desired = GetInt(endpoint.spec, "Generation");
  const Json* serving = Find(endpoint.status, "Serving");
  if (GetInt(endpoint.status, "FailedGeneration") == desired)
    return serving != nullptr ? Phase::kServe : Phase::kFailed;
  const bool met = serving != nullptr && GetInt(*serving, "Generation") == desired;
  return met ? Phase::kServe : Phase::kDeploy;
}

Time TimeOf(const Json& document, std::string_view member, Time fallback) {
  return {GetInt(document, member, fallback.milliseconds)};
}

// That share of so many replicas. The sum of a share's and of the rest's is never less than all.
std::int64_t PartOf(std::int64_t count, double share) {
  return static_cast<std::int64_t>(std::ceil(static_cast<double>(count) * share - 1e-9));
}

// A set of replicas of the endpoint: an element of spec or status that has Fleet and Variants.
struct Fleet {
  Fleet(const std::string& uid, const Json& document) : number(FleetOf(document)) {
    for (const Json& variant : document.at("Variants").as_array()) {
      const auto shared = std::make_shared<const Json>(variant);
      std::vector<Replica>& of_variant = replicas.emplace_back();
      variants.push_back(shared);
      for (std::int64_t i = 0; i < GetInt(variant, "InstanceCount"); ++i) {
        of_variant.push_back({fmt::format("{}-{}-{}-{}", uid, number, replicas.size() - 1, i), number, shared});
      }
    }
  }
  // The first replicas of each variant, up to that share of them.
  std::vector<Replica> Part(double share) const {
    std::vector<Replica> part;
    for (const auto& of_variant : replicas) {
      const auto count = PartOf(static_cast<std::int64_t>(of_variant.size()), share);
      part.insert(part.end(), of_variant.begin(), of_variant.begin() + count);
    }
    return part;
  }
  double WeightOfAll() const {
    double sum = 0;
    for (const auto& variant : variants) sum += GetDouble(*variant, "Weight");
    return sum;
  }

  std::int64_t number;
  std::vector<std::shared_ptr<const Json>> variants;
  std::vector<std::vector<Replica>> replicas;  // By variant.
};

class Planner {
 public:
  Planner(store::Resource endpoint, const Observed& observed) : endpoint_(std::move(endpoint)), observed_(observed) {}

  Plan Make() {
    switch (PhaseOf(endpoint_)) {
      case Phase::kDelete:
        if (const Json* serving = Find(endpoint_.status, "Serving")) Claim(*serving);  // Until it has ended.
        plan_.ends = true;
        return Finish();
      case Phase::kFailed:
        return Finish();
      case Phase::kServe:
        return Serve();
      case Phase::kDeploy:
        return Deploy();
    }
    return Finish();
  }

 private:
  JsonObject& status() { return endpoint_.status.as_object(); }
  std::int64_t Generation() const { return GetInt(endpoint_.spec, "Generation"); }

  Plan Finish() {
    plan_.status = endpoint_.status;
    plan_.state = StateOf(endpoint_);
    return std::move(plan_);
  }
  // What follows from the status as it is now, from the beginning.
  Plan Again() { return Planner(std::move(endpoint_), observed_).Make(); }

  Plan Serve() {
    const Fleet serving(endpoint_.uid, endpoint_.status.at("Serving"));
    Add(serving.Part(1), ReplicaGoal::kServe);
    KeepRetiring();
    double moved = 0;
    std::optional<Fleet> failed;
    if (Find(endpoint_.status, "RollingBack") != nullptr) {
      moved = KeepWhatHasTrafficOfTheOld(serving, failed);
      if (moved == 0 && !IsAnythingElseThere()) {
        status().erase("RollingBack");
        status().erase("Shift");
        return Again();
      }
    }
    SetRoute(serving, failed, moved);
    Claim(endpoint_.status.at("Serving"));
    return Finish();
  }

  // A rolling update that has taken replicas of the old fleet down: what came for them stays until these are back.
  // The share that it keeps.
  double KeepWhatHasTrafficOfTheOld(const Fleet& serving, std::optional<Fleet>& failed) {
    const DeploymentPolicy policy = Policy();
    const int step = StepTaken();
    if (!policy.rolling || step == 0 || HasSettled(serving)) return 0;
    failed.emplace(endpoint_.uid, endpoint_.spec);
    const double share = policy.shares[static_cast<std::size_t>(step) - 1];
    Add(failed->Part(share), ReplicaGoal::kKeep);
    return share;
  }

  Plan Deploy() {
    const Json* old = Find(endpoint_.status, "Serving");
    std::optional<Fleet> serving;
    if (old != nullptr) serving.emplace(endpoint_.uid, *old);
    const Fleet desired(endpoint_.uid, endpoint_.spec);
    const DeploymentPolicy policy = Policy();
    if (const std::string reason = WhyFailed(desired, policy); !reason.empty()) return Fail(reason);
    TakeSteps(desired, policy);
    const int step = StepTaken();
    const auto steps = static_cast<int>(policy.shares.size());
    if (step == steps && IsBaked(policy) && IsUp(desired.Part(1))) return Commit(policy);
    TellWaiting();
    // The step that is being prepared while nothing bakes, else the one that bakes.
    const bool prepares = IsBaked(policy) && step < steps;
    const double to = policy.shares[static_cast<std::size_t>(prepares ? step : step - 1)];
    const double from = ShareAfter(policy, prepares ? step : step - 1);
    if (serving) Add(serving->Part(policy.rolling ? 1 - from : 1), ReplicaGoal::kServe);
    Add(desired.Part(policy.rolling ? to : 1), ReplicaGoal::kBringUp);
    KeepRetiring();
    if (serving) SetRoute(*serving, desired, ShareAfter(policy, step));
    Claim(endpoint_.spec);
    plan_.asks_for_room = true;
    if (!IsBaked(policy)) LookAt(Since() + ToMilliseconds(policy.bake));
    if (step > 0 && !policy.alarms.empty()) LookWithin(kAlarmInterval);
    if (policy.time_max > Seconds(0)) LookAt(Asked() + ToMilliseconds(policy.time_max));
    if (observed_.room.answer == runtime::Reservation::Answer::kWait) {
      LookAt(Asked() + ToMilliseconds(observed_.room_wait_max));
    }
    return Finish();
  }

  // Moves traffic as far as the new replicas that it needs are healthy and each step has baked.
  void TakeSteps(const Fleet& desired, const DeploymentPolicy& policy) {
    for (int step = StepTaken(); step < static_cast<int>(policy.shares.size()) && IsBaked(policy); step = StepTaken()) {
      if (!IsUp(desired.Part(policy.rolling ? policy.shares[static_cast<std::size_t>(step)] : 1))) break;
      status()["Shift"] = {{"Generation", Generation()}, {"Step", step + 1}, {"Since", observed_.now.milliseconds}};
    }
  }

  Plan Commit(const DeploymentPolicy& policy) {
    const Json* old = Find(endpoint_.status, "Serving");
    if (old != nullptr && FleetOf(*old) != FleetOf(endpoint_.spec) && policy.termination_wait > Seconds(0)) {
      JsonObject retiring{{"Fleet", FleetOf(*old)},
                          {"Variants", old->at("Variants")},
                          {"Until", (observed_.now + ToMilliseconds(policy.termination_wait)).milliseconds}};
      status()["Retiring"] = std::move(retiring);
    }
    JsonObject serving{{"Generation", Generation()},
                       {"Fleet", FleetOf(endpoint_.spec)},
                       {"EndpointConfigName", GetString(endpoint_.spec, "EndpointConfigName")},
                       {"Variants", endpoint_.spec.at("Variants")}};
    if (const Json* config = Find(endpoint_.spec, "DeploymentConfig")) serving["DeploymentConfig"] = *config;
    status()["Serving"] = std::move(serving);
    for (const char* member : {"FailureReason", "FailedGeneration", "Waiting", "Shift"}) status().erase(member);
    return Again();
  }

  Plan Fail(const std::string& reason) {
    status()["FailedGeneration"] = Generation();
    status()["FailureReason"] = FailureReasonText(reason);
    status().erase("Waiting");
    if (Find(endpoint_.status, "Serving") != nullptr) status()["RollingBack"] = true;
    return Again();
  }

  // Empty: it has not.
  std::string WhyFailed(const Fleet& desired, const DeploymentPolicy& policy) const {
    using Answer = runtime::Reservation::Answer;
    const Seconds age(observed_.now - Asked());
    if (policy.time_max > Seconds(0) && age >= policy.time_max) {
      return fmt::format("The deployment took longer than MaximumExecutionTimeoutInSeconds ({:g}).",
                         policy.time_max.count());
    }
    if (observed_.room.answer == Answer::kNever) return observed_.room.message;
    if (observed_.room.answer == Answer::kWait && age >= observed_.room_wait_max) {
      return fmt::format(
          "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error: no instances "
          "became free within {:g} seconds. {} Retry after some time, or with fewer or smaller instances.",
          observed_.room_wait_max.count(), observed_.room.message);
    }
    for (const Replica& replica : desired.Part(1)) {
      if (const ReplicaState state = StateOfReplica(replica); !state.failure.empty()) return state.failure;
    }
    if (StepTaken() > 0 && !observed_.alarm.empty()) {
      return fmt::format("The deployment was rolled back because the alarm {} is in state ALARM.", observed_.alarm);
    }
    return "";
  }

  void TellWaiting() {
    if (observed_.room.answer == runtime::Reservation::Answer::kWait) {
      status()["Waiting"] = observed_.room.message;
    } else {
      status().erase("Waiting");
    }
  }

  // What served before, for the termination wait.
  void KeepRetiring() {
    const Json* retiring = Find(endpoint_.status, "Retiring");
    if (retiring == nullptr) return;
    const Time until = TimeOf(*retiring, "Until", Time{});
    if (observed_.now >= until) {
      status().erase("Retiring");
      return;
    }
    Add(Fleet(endpoint_.uid, *retiring).Part(1), ReplicaGoal::kKeep);
    LookAt(until);
  }

  // `moved`: the share of the traffic that `other` has.
  void SetRoute(const Fleet& serving, const std::optional<Fleet>& other, double moved) {
    plan_.route.emplace();
    if (moved < 1) AddToRoute(serving, 1 - moved);
    if (moved > 0) AddToRoute(*other, moved);
  }
  void AddToRoute(const Fleet& fleet, double share) {
    // Two fleets may have weights of quite different sizes.
    const double sum = fleet.WeightOfAll();
    const double factor = share == 1 ? 1 : sum > 0 ? share / sum : 0;
    for (std::size_t v = 0; v < fleet.variants.size(); ++v) {
      const Json& variant = *fleet.variants[v];
      inference::Variant routed{.name = GetString(variant, "VariantName"),
                                .weight = GetDouble(variant, "Weight") * factor,
                                .instances = {},
                                .routing = GetString(variant, "RoutingStrategy") == "RANDOM"
                                               ? inference::Routing::kRandom
                                               : inference::Routing::kLeastLoaded};
      for (const Replica& replica : fleet.replicas[v]) {
        if (planned_.contains(replica.id) && StateOfReplica(replica).healthy) {
          routed.instances.push_back({replica.id, {{replica.id}}});
        }
      }
      plan_.route->variants.push_back(std::move(routed));
    }
  }

  void Claim(const Json& document) {
    for (const Json& variant : document.at("Variants").as_array()) {
      plan_.room.instances[GetString(variant, "InstanceType")] += GetInt(variant, "InstanceCount");
    }
    plan_.room.order = ToIso8601(Asked(), true);
    plan_.room.lasting = true;
  }

  void Add(const std::vector<Replica>& replicas, ReplicaGoal goal) {
    for (const Replica& replica : replicas) {
      if (planned_.insert(replica.id).second) plan_.replicas.push_back({replica, goal});
    }
  }
  void LookWithin(Seconds delay) { plan_.look_again = std::min(plan_.look_again.value_or(delay), delay); }
  void LookAt(Time time) { LookWithin(std::max(Seconds(0), Seconds(time - observed_.now))); }

  DeploymentPolicy Policy() const {
    // Nothing moves where nothing served: all of it comes up, and that is all.
    DeploymentPolicy policy =
        PolicyOf(Find(endpoint_.spec, "DeploymentConfig"), SmallestCount(endpoint_.spec.at("Variants").as_array()));
    if (Find(endpoint_.status, "Serving") != nullptr) return policy;
    return {.time_max = policy.time_max};
  }
  Time Asked() const { return TimeOf(endpoint_.spec, "Asked", endpoint_.created); }
  // Steps of this deployment whose traffic has moved.
  int StepTaken() const {
    const bool is_of_this = GetInt(endpoint_.status, "Shift.Generation") == Generation();
    return is_of_this ? static_cast<int>(GetInt(endpoint_.status, "Shift.Step")) : 0;
  }
  Time Since() const { return {GetInt(endpoint_.status, "Shift.Since")}; }
  bool IsBaked(const DeploymentPolicy& policy) const {
    return StepTaken() == 0 || Seconds(observed_.now - Since()) >= policy.bake;
  }
  static double ShareAfter(const DeploymentPolicy& policy, int step) {
    return step <= 0 ? 0 : policy.shares[static_cast<std::size_t>(step) - 1];
  }
  static Milliseconds ToMilliseconds(Seconds seconds) { return std::chrono::ceil<Milliseconds>(seconds); }

  ReplicaState StateOfReplica(const Replica& replica) const {
    const auto found = observed_.replicas.find(replica.id);
    return found == observed_.replicas.end() ? ReplicaState{} : found->second;
  }
  bool IsUp(const std::vector<Replica>& replicas) const {
    return std::ranges::all_of(replicas, [this](const Replica& replica) { return StateOfReplica(replica).healthy; });
  }
  // Nothing more is to be waited for: each answers, or will not for a long time.
  bool HasSettled(const Fleet& fleet) const {
    return std::ranges::all_of(fleet.Part(1), [this](const Replica& replica) {
      const ReplicaState state = StateOfReplica(replica);
      return state.healthy || !state.failure.empty();
    });
  }
  bool IsAnythingElseThere() const {
    return std::ranges::any_of(observed_.replicas, [this](const auto& entry) {
      return entry.second.exists && !planned_.contains(entry.first);
    });
  }

  store::Resource endpoint_;  // With the status that is to be.
  const Observed& observed_;
  Plan plan_;
  std::set<std::string> planned_;
};

}  // namespace

Plan NextPlan(const store::Resource& endpoint, const Observed& observed) { return Planner(endpoint, observed).Make(); }

std::string StateOf(const store::Resource& endpoint) {
  switch (PhaseOf(endpoint)) {
    case Phase::kDelete:
      return "Deleting";
    case Phase::kServe:
      return Find(endpoint.status, "RollingBack") != nullptr ? "RollingBack" : "InService";
    case Phase::kFailed:
      return "Failed";
    case Phase::kDeploy:
      break;
  }
  return Find(endpoint.status, "Serving") != nullptr ? "Updating" : "Creating";
}

std::int64_t FleetOf(const Json& spec_or_serving) {
  return GetInt(spec_or_serving, "Fleet", GetInt(spec_or_serving, "Generation"));
}

std::int64_t SmallestCount(const JsonArray& variants) {
  std::int64_t smallest = variants.empty() ? 0 : GetInt(variants.front(), "InstanceCount");
  for (const Json& variant : variants) smallest = std::min(smallest, GetInt(variant, "InstanceCount"));
  return smallest;
}

}  // namespace sagebrush::sagemaker
