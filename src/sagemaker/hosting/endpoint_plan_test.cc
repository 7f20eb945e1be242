#include "sagemaker/hosting/endpoint_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include <fmt/format.h>

#include "sagemaker/hosting/deployment_policy.h"

namespace sagebrush::sagemaker {
namespace {

using Answer = runtime::Reservation::Answer;

constexpr Time kAsked{1'000'000};

JsonArray Variants(std::int64_t count, double weight = 1) {
  return {{{"VariantName", "v"}, {"InstanceType", "ml.t2.medium"}, {"InstanceCount", count}, {"Weight", weight}}};
}

// An endpoint `u` that fleet 1 is to serve, or serves while fleet 2 is to come.
store::Resource Creating(std::int64_t count) {
  store::Resource endpoint;
  endpoint.uid = "u";
  endpoint.spec = {{"EndpointConfigName", "one"},
                   {"Variants", Variants(count)},
                   {"Generation", 1},
                   {"Fleet", 1},
                   {"Asked", kAsked.milliseconds}};
  endpoint.status = JsonObject();
  return endpoint;
}
store::Resource Serving(std::int64_t count) {
  store::Resource endpoint = Creating(count);
  endpoint.status = {
      {"Serving", {{"Generation", 1}, {"Fleet", 1}, {"EndpointConfigName", "one"}, {"Variants", Variants(count)}}}};
  return endpoint;
}
void Update(store::Resource& endpoint, std::int64_t count, const Json& policy = nullptr) {
  JsonObject& spec = endpoint.spec.as_object();
  const std::int64_t generation = GetInt(endpoint.spec, "Generation") + 1;
  spec["EndpointConfigName"] = "two";
  spec["Variants"] = Variants(count);
  spec["Generation"] = spec["Fleet"] = generation;
  if (!policy.is_null()) spec["DeploymentConfig"] = policy;
}
store::Resource Updating(std::int64_t from, std::int64_t to, const Json& policy = nullptr) {
  store::Resource endpoint = Serving(from);
  Update(endpoint, to, policy);
  return endpoint;
}
std::string Id(std::int64_t fleet, std::int64_t replica) { return fmt::format("u-{}-0-{}", fleet, replica); }

Json BlueGreen(const std::string& type, const char* size_member, int percent, int bake, int termination_wait = 0) {
  JsonObject routing{{"Type", type}, {"WaitIntervalInSeconds", bake}};
  if (percent > 0) routing[size_member] = {{"Type", "CAPACITY_PERCENT"}, {"Value", percent}};
  return {{"BlueGreenUpdatePolicy",
           {{"TrafficRoutingConfiguration", std::move(routing)}, {"TerminationWaitInSeconds", termination_wait}}}};
}
Json AllAtOnce(int bake, int termination_wait) { return BlueGreen("ALL_AT_ONCE", "", 0, bake, termination_wait); }
Json Canary(int percent, int bake) { return BlueGreen("CANARY", "CanarySize", percent, bake); }
Json Linear(int percent, int bake) { return BlueGreen("LINEAR", "LinearStepSize", percent, bake); }
Json Rolling(int percent, int bake) {
  return {
      {"RollingUpdatePolicy",
       {{"MaximumBatchSize", {{"Type", "CAPACITY_PERCENT"}, {"Value", percent}}}, {"WaitIntervalInSeconds", bake}}}};
}

// What is there: `healthy` of the first replicas of a fleet answer, and `more` behind them exist.
void See(Observed& seen, std::int64_t fleet, int healthy, int more = 0) {
  for (int i = 0; i < healthy + more; ++i) seen.replicas[Id(fleet, i)] = {.exists = true, .healthy = i < healthy};
}
Observed Seen(int healthy_of_1, int healthy_of_2 = 0, int more_of_2 = 0) {
  Observed seen{.now = kAsked};
  See(seen, 1, healthy_of_1);
  See(seen, 2, healthy_of_2, more_of_2);
  return seen;
}

int PlannedOf(const Plan& plan, std::int64_t fleet) {
  return static_cast<int>(std::ranges::count_if(
      plan.replicas, [&](const PlannedReplica& planned) { return planned.replica.fleet == fleet; }));
}
// The share of the traffic that a fleet gets.
double ShareOf(const Plan& plan, std::int64_t fleet) {
  if (!plan.route) return 0;
  double all = 0, its = 0;
  for (const inference::Variant& variant : plan.route->variants) {
    if (variant.instances.empty()) continue;
    all += variant.weight;
    if (variant.instances.front().id.starts_with(fmt::format("u-{}-", fleet))) its += variant.weight;
  }
  return all > 0 ? its / all : 0;
}

// The plan in one line: the state, how many replicas of fleets 1 and 2 there are to be, the percentage of traffic that
// fleet 2 has, and "route" or "none".
std::string Line(const Plan& plan) {
  return fmt::format("{} {}+{} {:.0f}% {}", plan.state, PlannedOf(plan, 1), PlannedOf(plan, 2), ShareOf(plan, 2) * 100,
                     plan.route ? "route" : "none");
}

TEST(EndpointState, FollowsFromSpecAndStatus) {
  const struct {
    const char* spec;
    const char* status;
    const char* state;
  } rows[] = {
      {R"({"Generation":1})", "{}", "Creating"},
      {R"({"Generation":1})", R"({"Serving":{"Generation":1}})", "InService"},
      {R"({"Generation":2})", R"({"Serving":{"Generation":1}})", "Updating"},
      {R"({"Generation":2})", R"({"FailedGeneration":2,"Serving":{"Generation":1},"RollingBack":true})", "RollingBack"},
      {R"({"Generation":2})", R"({"FailedGeneration":2,"Serving":{"Generation":1}})", "InService"},
      {R"({"Generation":1})", R"({"FailedGeneration":1})", "Failed"},
      {R"({"Generation":3})", R"({"FailedGeneration":2,"Serving":{"Generation":1}})", "Updating"},
      {R"({"Generation":1,"Delete":true})", R"({"Serving":{"Generation":1}})", "Deleting"},
      {R"({"Generation":1,"Delete":true})", "{}", "Deleting"},
      {R"({"Generation":1,"Delete":true})", R"({"FailedGeneration":1})", "Deleting"},
  };
  for (const auto& row : rows) {
    store::Resource endpoint;
    endpoint.spec = ParseJson(row.spec);
    endpoint.status = ParseJson(row.status);
    EXPECT_EQ(StateOf(endpoint), row.state) << row.spec << row.status;
  }
}

// Stored by a server that numbered fleets by generation.
TEST(EndpointState, KnowsTheFleetOfAnEarlierVersion) {
  EXPECT_EQ(FleetOf(ParseJson(R"({"Generation":3})")), 3);
  EXPECT_EQ(FleetOf(ParseJson(R"({"Generation":3,"Fleet":2})")), 2);
}

TEST(NextPlan, IsARowForEachThingThatIsSeen) {
  Observed waits = Seen(2);
  waits.room = {Answer::kWait, "Waiting for room."};
  Observed never = Seen(2);
  never.room = {Answer::kNever, "InsufficientInstanceCapacity"};
  Observed broken = Seen(2, 1, 1);
  broken.replicas[Id(2, 1)].failure = "It exited.";
  store::Resource failed = Updating(2, 2);
  failed.status.as_object()["FailedGeneration"] = 2;
  store::Resource rolling_back = failed;
  rolling_back.status.as_object()["RollingBack"] = true;
  store::Resource deleting = Serving(2);
  deleting.spec.as_object()["Delete"] = true;
  store::Resource failed_at_first = Creating(2);
  failed_at_first.status.as_object()["FailedGeneration"] = 1;
  const struct {
    const char* what;
    store::Resource endpoint;
    Observed seen;
    const char* plan;
  } rows[] = {
      {"nothing is there yet", Creating(2), Seen(0), "Creating 2+0 0% none"},
      {"one of two answers", Creating(2), Seen(1), "Creating 2+0 0% none"},
      {"all answer", Creating(2), Seen(2), "InService 2+0 0% route"},
      {"one has crashed", Serving(2), Seen(1), "InService 2+0 0% route"},
      {"none answers", Serving(2), Seen(0), "InService 2+0 0% route"},
      {"an update begins", Updating(2, 3), Seen(2), "Updating 2+3 0% route"},
      {"some of the new answer", Updating(2, 3), Seen(2, 2), "Updating 2+3 0% route"},
      {"all of the new answer", Updating(2, 3), Seen(2, 3), "InService 0+3 100% route"},
      {"the old crashed meanwhile", Updating(2, 3), Seen(0, 3), "InService 0+3 100% route"},
      {"it waits for room", Updating(2, 3), waits, "Updating 2+3 0% route"},
      {"there can be no room", Updating(2, 3), never, "InService 2+0 0% route"},
      {"a new one cannot come up", Updating(2, 2), broken, "RollingBack 2+0 0% route"},
      {"what failed is still there", rolling_back, Seen(2, 1), "RollingBack 2+0 0% route"},
      {"what failed has gone", rolling_back, Seen(2), "InService 2+0 0% route"},
      {"it was given up by an earlier version", failed, Seen(2, 1), "InService 2+0 0% route"},
      {"the first deployment failed", failed_at_first, Seen(1), "Failed 0+0 0% none"},
      {"it is to be deleted", deleting, Seen(2), "Deleting 0+0 0% none"},
      {"a canary begins", Updating(4, 4, Canary(25, 60)), Seen(4), "Updating 4+4 0% route"},
      {"all of a canary's fleet answers", Updating(4, 4, Canary(25, 60)), Seen(4, 4), "Updating 4+4 25% route"},
      {"a linear step", Updating(4, 4, Linear(10, 60)), Seen(4, 4), "Updating 4+4 10% route"},
      {"all at once, to bake", Updating(4, 4, AllAtOnce(60, 0)), Seen(4, 4), "Updating 4+4 100% route"},
      {"without a wait, to retire later", Updating(4, 2, AllAtOnce(0, 60)), Seen(4, 2), "InService 4+2 100% route"},
      {"a rolling update begins", Updating(4, 4, Rolling(50, 60)), Seen(4), "Updating 4+2 0% route"},
      {"half of it answers", Updating(4, 4, Rolling(50, 60)), Seen(4, 2), "Updating 4+2 50% route"},
  };
  for (const auto& row : rows) EXPECT_EQ(Line(NextPlan(row.endpoint, row.seen)), row.plan) << row.what;
}

TEST(NextPlan, TellsWhyItWaitsAndWhyItFailed) {
  const store::Resource endpoint = Creating(1);
  Observed seen{.now = kAsked, .room_wait_max = Seconds(600)};
  seen.room = {Answer::kWait, "Waiting for room."};
  const Plan waits = NextPlan(endpoint, seen);
  EXPECT_EQ(GetString(waits.status, "Waiting"), "Waiting for room.");
  EXPECT_EQ(waits.look_again, Seconds(600));
  seen.now = kAsked + std::chrono::seconds(600);
  const Plan failed = NextPlan(endpoint, seen);
  EXPECT_EQ(failed.state, "Failed");
  EXPECT_EQ(GetString(failed.status, "FailureReason"),
            "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error: no instances "
            "became free within 600 seconds. Waiting for room. Retry after some time, or with fewer or smaller "
            "instances.");
  EXPECT_FALSE(failed.asks_for_room);
}

TEST(NextPlan, HoldsTheRoomOfWhatServesAndAsksForThatOfWhatComes) {
  EXPECT_FALSE(NextPlan(Serving(2), Seen(2)).asks_for_room);
  EXPECT_EQ(NextPlan(Serving(2), Seen(2)).room.instances.at("ml.t2.medium"), 2);
  EXPECT_TRUE(NextPlan(Updating(2, 3), Seen(2)).asks_for_room);
  EXPECT_EQ(NextPlan(Updating(2, 3), Seen(2)).room.instances.at("ml.t2.medium"), 3);
}

TEST(NextPlan, ScalesTheFleetThatServesInPlace) {
  store::Resource endpoint = Updating(2, 3);
  endpoint.spec.as_object()["Fleet"] = 1;
  const Plan begins = NextPlan(endpoint, Seen(2));
  EXPECT_EQ(Line(begins), "Updating 3+0 0% route");
  EXPECT_EQ(begins.replicas[1].goal, ReplicaGoal::kServe);
  EXPECT_EQ(begins.replicas[2].goal, ReplicaGoal::kBringUp);
  EXPECT_EQ(begins.route->variants[0].instances.size(), 2u);
  EXPECT_EQ(NextPlan(endpoint, Seen(3)).route->variants[0].instances.size(), 3u);
}

TEST(NextPlan, SharesTrafficBetweenFleetsWhoseWeightsHaveOtherSizes) {
  store::Resource endpoint = Updating(2, 2, Canary(50, 60));
  endpoint.spec.as_object()["Variants"] = Variants(2, 1000);
  EXPECT_DOUBLE_EQ(ShareOf(NextPlan(endpoint, Seen(2, 2)), 2), 0.5);
}

TEST(NextPlan, AnAlarmUndoesADeploymentWhoseTrafficHasMoved) {
  store::Resource endpoint = Updating(2, 2, Canary(50, 60));
  Observed seen = Seen(2);
  seen.alarm = "errors";
  EXPECT_EQ(NextPlan(endpoint, seen).state, "Updating");
  seen = Seen(2, 2);
  endpoint.status = NextPlan(endpoint, seen).status;
  seen.alarm = "errors";
  const Plan undone = NextPlan(endpoint, seen);
  EXPECT_EQ(Line(undone), "RollingBack 2+0 0% route");
  EXPECT_NE(GetString(undone.status, "FailureReason").find("alarm errors"), std::string::npos);
}

// A rolling update that took down half of the old fleet: nobody may be left with what is neither old nor new.
TEST(NextPlan, ARollingUpdateThatFailsKeepsItsReplicasUntilTheOldAreBack) {
  store::Resource endpoint = Updating(4, 4, Rolling(50, 0));
  Observed seen = Seen(4, 2);
  endpoint.status = NextPlan(endpoint, seen).status;
  EXPECT_EQ(Line(NextPlan(endpoint, seen)), "Updating 2+4 50% route");
  seen = Seen(2, 2);
  seen.replicas[Id(2, 3)].failure = "It exited.";
  const Plan back = NextPlan(endpoint, seen);
  EXPECT_EQ(Line(back), "RollingBack 4+2 50% route");
  endpoint.status = back.status;
  EXPECT_EQ(Line(NextPlan(endpoint, Seen(3, 2))), "RollingBack 4+2 50% route");
  EXPECT_EQ(Line(NextPlan(endpoint, Seen(4, 2))), "RollingBack 4+0 0% route");
  EXPECT_EQ(Line(NextPlan(endpoint, Seen(4))), "InService 4+0 0% route");
}

// A world that does what plans say, and whose replicas crash, lag and recover as chance has it.
class PlannedWorld {
 public:
  PlannedWorld(store::Resource endpoint, unsigned seed) : endpoint_(std::move(endpoint)), random_(seed) {}

  store::Resource& endpoint() { return endpoint_; }
  Observed& seen() { return seen_; }
  Plan Look() {
    Plan plan = NextPlan(endpoint_, seen_);
    ExpectRouteIsHealthy(plan);
    return plan;
  }
  // True: the plan is true, and there is nothing left to do but to wait.
  bool MakeTrue(const Plan& plan) {
    bool is_true = endpoint_.status == plan.status;
    endpoint_.status = plan.status;
    endpoint_.state = plan.state;
    std::set<std::string> stay;
    for (const PlannedReplica& planned : plan.replicas) {
      stay.insert(planned.replica.id);
      ReplicaState& state = seen_.replicas[planned.replica.id];
      if (planned.goal == ReplicaGoal::kKeep || state.healthy || !state.failure.empty()) continue;
      state = {.exists = true, .healthy = state.exists};
      is_true = false;
    }
    return std::erase_if(seen_.replicas, [&](const auto& entry) { return !stay.contains(entry.first); }) == 0 &&
           is_true;
  }
  void LetSomethingHappen() {
    for (auto& [id, state] : seen_.replicas) {
      if (random_() % 8 == 0) state.healthy = false;
      if (random_() % 40 == 0) state.failure = "It exited.";
    }
    if (random_() % 4 == 0) Pass(static_cast<int>(random_() % 90));
    seen_.alarm = random_() % 60 == 0 ? "errors" : "";
    seen_.room = random_() % 10 == 0 ? runtime::Reservation{Answer::kWait, "Waiting."} : runtime::Reservation{};
  }
  // Everything works again.
  void Recover() {
    for (auto& [id, state] : seen_.replicas) state.failure.clear();
    seen_.alarm.clear();
    seen_.room = {};
  }
  void Pass(int seconds) { seen_.now = seen_.now + std::chrono::seconds(seconds); }

 private:
  void ExpectRouteIsHealthy(const Plan& plan) {
    if (!plan.route) return;
    for (const inference::Variant& variant : plan.route->variants) {
      for (const inference::Instance& instance : variant.instances) {
        EXPECT_TRUE(seen_.replicas[instance.id].healthy) << instance.id;
        EXPECT_TRUE(std::ranges::any_of(
            plan.replicas, [&](const PlannedReplica& planned) { return planned.replica.id == instance.id; }))
            << instance.id << " is not to run";
      }
    }
  }

  store::Resource endpoint_;
  Observed seen_{.now = kAsked};
  std::mt19937 random_;
};

std::vector<Json> Policies() {
  return {nullptr,        AllAtOnce(0, 0), AllAtOnce(30, 60), Canary(25, 30),  Canary(50, 0),
          Linear(10, 30), Linear(50, 0),   Rolling(5, 0),     Rolling(25, 30), Rolling(50, 60)};
}

// Whatever happened, once nothing happens any more each plan made true leads to one that is true.
TEST(NextPlanProperty, EndsWhereNothingMovesAndRoutesToHealthyReplicasOnly) {
  std::map<std::string, int> ends;
  for (const Json& policy : Policies()) {
    for (unsigned seed = 1; seed <= 100; ++seed) {
      SCOPED_TRACE(testing::Message() << ToText(policy) << " seed " << seed);
      PlannedWorld world(Serving(1 + seed % 7), seed);
      See(world.seen(), 1, static_cast<int>(1 + seed % 7));
      Update(world.endpoint(), 1 + seed % 5, policy);
      for (int step = 0; step < 40; ++step) {
        world.MakeTrue(world.Look());
        if (seed % 4 != 0) world.LetSomethingHappen();
      }
      world.Recover();
      int steps = 0;
      for (; steps < 500; ++steps) {
        const Plan plan = world.Look();
        const bool is_true = world.MakeTrue(plan);
        if (is_true && !plan.look_again) break;
        if (is_true) world.Pass(10);
      }
      ASSERT_LT(steps, 500);
      const Plan end = world.Look();
      EXPECT_EQ(end.state, "InService");
      const std::int64_t fleet = FleetOf(end.status.at("Serving"));
      EXPECT_EQ(PlannedOf(end, fleet), static_cast<int>(end.replicas.size()));
      EXPECT_EQ(ShareOf(end, fleet), 1);
      EXPECT_FALSE(Find(end.status, "Shift") != nullptr || Find(end.status, "RollingBack") != nullptr);
      ++ends[Find(end.status, "FailureReason") != nullptr ? "old" : "new"];
      if (testing::Test::HasFailure()) return;
    }
  }
  EXPECT_GT(ends["old"], 50);
  EXPECT_GT(ends["new"], 200);
}

// As long as nothing crashes, what is in service never falls below what was before or, if that is less, shall be.
TEST(NextPlanProperty, AnUpdateNeverLowersTheCapacityInService) {
  for (const Json& policy : Policies()) {
    for (int from = 1; from <= 8; ++from) {
      for (int to = 1; to <= 8; ++to) {
        SCOPED_TRACE(testing::Message() << ToText(policy) << " from " << from << " to " << to);
        PlannedWorld world(Updating(from, to, policy), 1);
        See(world.seen(), 1, from);
        std::string state;
        for (int step = 0; step < 400 && state != "InService"; ++step) {
          const Plan plan = world.Look();
          state = plan.state;
          std::size_t in_service = 0;
          for (const PlannedReplica& planned : plan.replicas) {
            in_service += world.seen().replicas[planned.replica.id].healthy ? 1 : 0;
          }
          EXPECT_GE(in_service, static_cast<std::size_t>(std::min(from, to)));
          if (world.MakeTrue(plan)) world.Pass(5);
        }
        EXPECT_EQ(state, "InService");
        EXPECT_EQ(FleetOf(world.endpoint().status.at("Serving")), 2);
        if (testing::Test::HasFailure()) return;
      }
    }
  }
}

}  // namespace
}  // namespace sagebrush::sagemaker
