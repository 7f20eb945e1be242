// Every state of an endpoint x every operation x every failure: each ends where somebody can go on, and leaves nothing.
#include <algorithm>
#include <random>

#include "sagemaker/controller_walk.h"
#include "sagemaker/hosting/hosting.h"

namespace sagebrush::sagemaker {
namespace {

class EndpointWalk : public ControllerWalk {
 protected:
  using Image = runtime::ImageState::Stage;

  EndpointWalk() {
    // 64 GiB: four ml.m5.xlarge, or sixteen ml.t2.medium.
    for (const char* does : {"serves", "runs", "exits", "cannot start"}) AddConfig(does, does, "ml.t2.medium", 1);
    AddConfig("other", "serves", "ml.t2.medium", 2);
    AddConfig("large", "serves", "ml.m5.xlarge", 2);
    AddConfig("never", "serves", "ml.m5.xlarge", 5);
    AddConfig("hog of 3", "serves", "ml.m5.xlarge", 3);
    AddConfig("hog of 4", "serves", "ml.m5.xlarge", 4);
  }

  void AddConfig(const std::string& name, const std::string& does, const std::string& type, int count) {
    world_.Call("CreateModel", {{"ModelName", name},
                                {"PrimaryContainer", {{"Image", "x/xgboost:1"}, {"Environment", {{"DOES", does}}}}}});
    world_.Call(
        "CreateEndpointConfig",
        {{"EndpointConfigName", name},
         {"ProductionVariants",
          JsonArray{
              {{"VariantName", "v"}, {"ModelName", name}, {"InstanceType", type}, {"InitialInstanceCount", count}}}}});
  }
  bool Create(const std::string& config, const std::string& name = "e") {
    return world_.Accepts("CreateEndpoint", {{"EndpointName", name}, {"EndpointConfigName", config}});
  }
  bool Update(const std::string& config, const Json& deployment = JsonObject()) {
    return world_.Accepts("UpdateEndpoint",
                          {{"EndpointName", "e"}, {"EndpointConfigName", config}, {"DeploymentConfig", deployment}});
  }
  int Workloads(const std::string& of_fleet) {
    const std::vector<std::string> all = world_.runtime().List();
    return static_cast<int>(std::ranges::count_if(
        all, [&](const std::string& workload) { return workload.starts_with(Get().uid + of_fleet); }));
  }
  static Json Canary() {
    return ParseJson(R"({"BlueGreenUpdatePolicy": {"TerminationWaitInSeconds": 60, "TrafficRoutingConfiguration":
        {"Type": "CANARY", "WaitIntervalInSeconds": 60, "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50}}}})");
  }
  static Json Rolling() {
    return ParseJson(R"({"RollingUpdatePolicy": {"WaitIntervalInSeconds": 60,
                         "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50}}})");
  }
  // Half of the way of an update to two instances from two.
  void UpdateHalfWay(const Json& deployment, int seconds) {
    Serve();
    SetCount(2);
    world_.Pass(kMinutes);
    ASSERT_TRUE(Update("other", deployment));
    world_.Pass(Seconds(seconds));
    ASSERT_EQ(State(), "Updating");
    ASSERT_TRUE(Get().status.as_object().contains("Shift"));
  }
  store::Resource Get() const { return *world_.Get(EndpointNoun(), "e"); }
  void Serve() {
    ASSERT_TRUE(Create("serves"));
    world_.Pass(kMinutes);
    ASSERT_EQ(State(), "InService");
  }
  bool SetCount(int count) {
    return world_.Accepts(
        "UpdateEndpointWeightsAndCapacities",
        {{"EndpointName", "e"},
         {"DesiredWeightsAndCapacities", JsonArray{{{"VariantName", "v"}, {"DesiredInstanceCount", count}}}}});
  }
  bool Delete(const std::string& name = "e") { return world_.Accepts("DeleteEndpoint", {{"EndpointName", name}}); }
  std::string State() const { return world_.StateOf(EndpointNoun(), "e"); }
  JsonObject Describe() { return world_.Call("DescribeEndpoint", {{"EndpointName", "e"}}).as_object(); }
  bool Answers() {
    try {
      world_.router().Choose(identity::kDefaultAccount, "us-east-1", "e", "");
      return true;
    } catch (const Error&) {
      return false;
    }
  }
  // `of_fleet`: "-2-", say; empty: of all.
  void EndInstances(const std::string& of_fleet = "") {
    for (const std::string& workload : world_.runtime().List()) {
      if (workload.starts_with(Get().uid + of_fleet)) {
        world_.runtime().End(workload, runtime::ExitReason::kExited, 1);
      }
    }
  }
  void CreateHog(const std::string& config) {
    Create(config, "hog");
    world_.Pass(kMinutes);
    ASSERT_EQ(world_.StateOf(EndpointNoun(), "hog"), "InService");
  }

  // After whatever happened: nothing moves any more, and nothing is stuck.
  void ExpectAWayOn() {
    world_.FailWrites(0);
    world_.images().Become(Image::kReady);
    world_.Pass(kHours);
    const std::string state = State();
    if (state.empty()) return;
    Describe();
    if (state == "InService") {
      EXPECT_TRUE(Answers());
      EXPECT_TRUE(Update("serves"));
      world_.Pass(kMinutes);
      EXPECT_EQ(State(), "InService");
      EXPECT_EQ(GetString(Describe(), "EndpointConfigName"), "serves");
      EXPECT_FALSE(Describe().contains("FailureReason"));
      EXPECT_TRUE(SetCount(2));
      world_.Pass(kMinutes);
      EXPECT_EQ(GetInt(Describe().at("ProductionVariants").at(0), "CurrentInstanceCount"), 2);
    } else {
      EXPECT_EQ(state, "Failed");
      EXPECT_TRUE(Describe().contains("FailureReason"));
    }
    EXPECT_TRUE(Delete());
    world_.Pass(kMinutes);
    EXPECT_EQ(State(), "");
  }
  void ExpectNothingLeft() {
    if (world_.Get(EndpointNoun(), "hog") != nullptr) {
      EXPECT_TRUE(Delete("hog"));
      world_.Pass(kMinutes);
    }
    ControllerWalk::ExpectNothingLeft("endpoints");
  }
};

class EndpointTable : public EndpointWalk {
 protected:
  Table States() {
    return {
        {"Creating, waits for room",
         [this] {
           CreateHog("hog of 4");
           Create("serves");
           world_.Run();
         }},
        {"Creating, its image is being made ready",
         [this] {
           world_.images().Become(Image::kPreparing);
           Create("serves");
           world_.Run();
         }},
        {"Creating, its model is being placed",
         [this] {
           Create("serves");
           world_.RunReconciles();
         }},
        {"Creating, does not answer yet",
         [this] {
           Create("runs");
           world_.Run();
         }},
        {"Creating, crashed once",
         [this] {
           Create("exits");
           world_.Run();
         }},
        {"InService", [this] { Serve(); }},
        {"InService, after an update that failed",
         [this] {
           Serve();
           Update("exits");
           world_.Pass(kMinutes);
         }},
        {"InService, its instance crashed",
         [this] {
           Serve();
           EndInstances();
         }},
        {"Updating, waits for room",
         [this] {
           CreateHog("hog of 3");
           Serve();
           Update("large");
           world_.Run();
         }},
        {"Updating, does not answer yet",
         [this] {
           Serve();
           Update("runs");
           world_.Run();
         }},
        {"Updating, a canary bakes", [this] { UpdateHalfWay(Canary(), 30); }},
        {"Updating, half of it rolled", [this] { UpdateHalfWay(Rolling(), 30); }},
        {"Updating, the second half is rolling", [this] { UpdateHalfWay(Rolling(), 90); }},
        {"RollingBack, an old instance is not back yet",
         [this] {
           UpdateHalfWay(Rolling(), 90);
           while (State() == "Updating") {
             EndInstances("-3-");
             world_.RunReconciles();
             if (State() == "Updating" && !world_.chores().RunOne()) world_.PassWithoutChores(Seconds(1));
           }
           ASSERT_EQ(State(), "RollingBack");
         }},
        {"Updating, weights",
         [this] {
           Serve();
           SetCount(3);
           world_.RunReconciles();
         }},
        {"Failed",
         [this] {
           Create("exits");
           world_.Pass(kMinutes);
         }},
        {"Deleting",
         [this] {
           Serve();
           Delete();
         }},
    };
  }
  Table Operations() {
    return {
        {"nothing", [] {}},
        {"UpdateEndpoint", [this] { Update("other"); }},
        {"UpdateEndpoint that crashes", [this] { Update("exits"); }},
        {"UpdateEndpoint that cannot start", [this] { Update("cannot start"); }},
        {"UpdateEndpoint for which there can be no room", [this] { Update("never"); }},
        {"UpdateEndpointWeightsAndCapacities", [this] { SetCount(2); }},
        {"UpdateEndpointWeightsAndCapacities for which there can be no room", [this] { SetCount(90); }},
        {"DeleteEndpoint", [this] { Delete(); }},
    };
  }
  Table Failures() {
    Table failures = ServerFailures(3);
    failures.push_back({"its image cannot be had", [this] {
                          world_.images().Become(Image::kFailed, "Says the test.");
                          world_.Run();
                        }});
    failures.push_back({"the instances exit", [this] {
                          world_.Run();
                          if (!State().empty()) EndInstances();
                        }});
    return failures;
  }
};

TEST_F(EndpointTable, EveryStateByEveryOperationByEveryFailureHasAWayOn) {
  WalkAll(States(), Operations(), Failures(), [this] {
    ExpectAWayOn();
    ExpectNothingLeft();
  });
}

// Random operations, crashes, restarts and full disks on three endpoints that share the machine.
TEST_F(EndpointTable, RandomWalksEndWithNothingStuck) {
  for (unsigned seed = 1; seed <= 80; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    const bool troubled = seed > 20;
    if (troubled) LetChanceBefall(random);
    const auto one_of = [&](std::initializer_list<const char*> all) { return all.begin()[random() % all.size()]; };
    const auto config = [&] { return one_of({"serves", "runs", "exits", "cannot start", "other", "large", "never"}); };
    for (int step = 0; step < 60; ++step) {
      const std::string name = one_of({"e", "f", "g"});
      const JsonObject named{{"EndpointName", name}};
      JsonObject update{{"EndpointName", name}, {"EndpointConfigName", config()}};
      switch (random() % 9) {
        case 0:
        case 1:
          Create(config(), name);
          break;
        case 2:
          if (random() % 2 == 0) update["DeploymentConfig"] = random() % 2 == 0 ? Canary() : Rolling();
          world_.Accepts("UpdateEndpoint", update);
          break;
        case 3:
          world_.Accepts("UpdateEndpointWeightsAndCapacities",
                         {{"EndpointName", name},
                          {"DesiredWeightsAndCapacities",
                           JsonArray{{{"VariantName", "v"}, {"DesiredInstanceCount", 1 + random() % 20}}}}});
          break;
        case 4:
          Delete(name);
          break;
        case 5:
          world_.Restart();
          break;
        case 6:
          world_.FailWrites(static_cast<int>(random() % 4), static_cast<int>(random() % 4));
          break;
        case 7:
          for (const std::string& workload : world_.runtime().List()) {
            if (random() % 3 == 0) world_.runtime().End(workload, runtime::ExitReason::kOutOfMemory, 137);
          }
          break;
        default:
          world_.Pass(Seconds(static_cast<double>(random() % 300)));
      }
      random() % 2 == 0 ? world_.Run() : world_.RunReconciles();
    }
    world_.Befall(nullptr);
    if (troubled) world_.Restart();
    world_.FailWrites(0);
    world_.Pass(kHours);
    for (const char* name : {"e", "f", "g"}) {
      const std::string state = world_.StateOf(EndpointNoun(), name);
      EXPECT_TRUE(state.empty() || state == "InService" || state == "Failed") << name << " is " << state;
      if (!state.empty()) EXPECT_TRUE(Delete(name));
    }
    world_.Pass(kMinutes);
    for (const char* name : {"e", "f", "g"}) EXPECT_EQ(world_.StateOf(EndpointNoun(), name), "") << name;
    ExpectNothingLeft();
    if (testing::Test::HasFailure()) return;
  }
}

// W3: Updating for ever.
TEST_F(EndpointTable, WeightsAfterAFailedUpdateAreThoseOfWhatServes) {
  Serve();
  Update("exits");
  world_.Pass(kMinutes);
  EXPECT_EQ(GetString(Describe(), "EndpointConfigName"), "serves");
  EXPECT_TRUE(Describe().contains("FailureReason"));
  EXPECT_TRUE(SetCount(3));
  world_.Pass(kMinutes);
  EXPECT_EQ(State(), "InService");
  EXPECT_EQ(GetString(Describe(), "EndpointConfigName"), "serves");
  EXPECT_EQ(GetInt(Describe().at("ProductionVariants").at(0), "CurrentInstanceCount"), 3);
}

// W5: 399 starts in 10 seconds.
TEST_F(EndpointTable, AContainerThatExitsAtStartIsStartedFourTimesAndFailsWithItsLastLines) {
  Create("exits");
  world_.Run();
  EXPECT_EQ(State(), "Creating");
  world_.Pass(Seconds(10));
  EXPECT_EQ(State(), "Failed");
  EXPECT_EQ(world_.runtime().starts(), 4);
  EXPECT_EQ(GetString(Describe(), "FailureReason"),
            "The container of production variant v exited with code 1. Please check CloudWatch logs for this endpoint "
            "(/aws/sagemaker/Endpoints/e).");
}

TEST_F(EndpointTable, ACrashedInstanceComesBackWhileTheOthersServe) {
  Serve();
  SetCount(3);
  world_.Pass(kMinutes);
  const std::string victim = world_.runtime().List().front();
  for (int crash = 0; crash < 10; ++crash) {
    world_.runtime().End(victim, runtime::ExitReason::kExited, 1);
    world_.Run();
    EXPECT_EQ(State(), "InService");
    EXPECT_TRUE(Answers());
    world_.Pass(Seconds(60));
    EXPECT_EQ(world_.runtime().List().size(), 3u);
  }
}

// W1, W2: what can never be given fails at once; what waits can be deleted and holds nobody.
TEST_F(EndpointTable, WhatWaitsForRoomHoldsNobodyAndCanBeDeleted) {
  CreateHog("hog of 3");
  Create("large");
  world_.Run();
  EXPECT_EQ(State(), "Creating");
  const JsonObject waiting = Describe();
  EXPECT_NE(
      GetString(waiting.at("ProductionVariants").at(0).at("VariantStatus").at(0), "StatusMessage").find("Waiting"),
      std::string::npos);
  Create("serves", "small");
  world_.Pass(Seconds(5));
  EXPECT_EQ(world_.StateOf(EndpointNoun(), "small"), "InService");
  EXPECT_TRUE(Delete("small"));
  EXPECT_TRUE(Delete());
  world_.Run();
  EXPECT_EQ(State(), "");
  world_.Run();
  Create("never");
  world_.Run();
  EXPECT_EQ(State(), "Failed");
  EXPECT_NE(GetString(Describe(), "FailureReason").find("InsufficientInstanceCapacity"), std::string::npos);
}

TEST_F(EndpointTable, TheRouteIsThereWhenANewProcessBegins) {
  Serve();
  world_.Restart();  // Reconciles nothing.
  EXPECT_TRUE(Answers());
}

TEST_F(EndpointTable, AModelThatAPowerFailureMayHaveTornIsPlacedAnew) {
  Serve();
  const Path directory = world_.data() / "endpoints" / world_.Get(EndpointNoun(), "e")->uid / "1-v";
  const auto tear = [&](std::string_view boot_id) {
    WriteFileDurably(directory / "prepared", boot_id);
    WriteFileDurably(directory / "model" / "torn", "");
    world_.runtime().Remove(world_.runtime().List().front());
    world_.Restart();
    world_.Pass(kMinutes);
    EXPECT_TRUE(Answers());
  };
  tear(ReadFile(directory / "prepared"));
  EXPECT_TRUE(std::filesystem::exists(directory / "model" / "torn"));  // The same start of the machine: it is whole.
  for (const char* boot_id : {"of an earlier start", ""}) {
    tear(boot_id);
    EXPECT_FALSE(std::filesystem::exists(directory / "model" / "torn")) << boot_id;
  }
}

TEST_F(EndpointTable, ARollingUpdateThatCannotGoOnBringsTheOldInstancesBack) {
  UpdateHalfWay(Rolling(), 90);
  EXPECT_EQ(Workloads("-1-"), 1);
  EXPECT_EQ(Workloads("-3-"), 2);
  for (int i = 0; i < 8; ++i) {
    EndInstances("-3-");
    world_.RunReconciles();
    world_.Run();
    EXPECT_TRUE(Answers());
    world_.Pass(Seconds(2));
  }
  world_.Pass(kMinutes);
  EXPECT_EQ(State(), "InService");
  EXPECT_EQ(GetString(Describe(), "EndpointConfigName"), "serves");
  EXPECT_NE(GetString(Describe(), "FailureReason").find("exited with code 1"), std::string::npos);
  EXPECT_EQ(Workloads("-1-"), 2);
  EXPECT_EQ(Workloads("-3-"), 0);
}

TEST_F(EndpointTable, WhatWaitsForRoomTooLongFailsAndLeavesTheLine) {
  CreateHog("hog of 3");
  Create("large");
  world_.Pass(Seconds(3500));
  EXPECT_EQ(State(), "Creating");
  world_.Pass(Seconds(200));
  EXPECT_EQ(State(), "Failed");
  EXPECT_EQ(GetString(Describe(), "FailureReason").find("Unable to provision requested ML compute capacity"), 0u);
}

TEST_F(EndpointTable, TheOldFleetStaysForTheTerminationWait) {
  Serve();
  const std::string old = world_.runtime().List().front();
  const Json policy = ParseJson(R"({"TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 60},
                                    "TerminationWaitInSeconds": 300})");
  world_.Call("UpdateEndpoint", {{"EndpointName", "e"},
                                 {"EndpointConfigName", "other"},
                                 {"DeploymentConfig", {{"BlueGreenUpdatePolicy", policy}}}});
  world_.Pass(Seconds(250));
  EXPECT_EQ(State(), "InService");
  EXPECT_TRUE(world_.runtime().Inspect(old)->running);
  world_.Pass(Seconds(200));
  EXPECT_FALSE(world_.runtime().Inspect(old));
}

TEST_F(EndpointTable, ADeploymentEndsWithItsTimeLimit) {
  Serve();
  const Json policy = ParseJson(R"({"TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0},
                                    "MaximumExecutionTimeoutInSeconds": 600})");
  CreateHog("hog of 3");
  world_.Call("UpdateEndpoint", {{"EndpointName", "e"},
                                 {"EndpointConfigName", "large"},
                                 {"DeploymentConfig", {{"BlueGreenUpdatePolicy", policy}}}});
  world_.Pass(Seconds(500));
  EXPECT_EQ(State(), "Updating");
  world_.Pass(Seconds(200));
  EXPECT_EQ(State(), "InService");
  EXPECT_NE(GetString(Describe(), "FailureReason").find("MaximumExecutionTimeoutInSeconds"), std::string::npos);
}

}  // namespace
}  // namespace sagebrush::sagemaker
