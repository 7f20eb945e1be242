#include "sagemaker/experiments/tracking.h"

#include "sagemaker/experiments/experiments.h"
#include "sagemaker/jobs/job_walk.h"
#include "sagemaker/training/training.h"
#include "sagemaker/verbs.h"

namespace sagebrush::sagemaker {
namespace {

class TrackingTest : public JobWalk {
 protected:
  TrackingTest() : JobWalk(TrainingJobNoun()) {}

  JsonObject Request(const std::string& name, const std::string& does, const std::string& instance) override {
    return {{"TrainingJobName", name},
            {"RoleArn", world_.Role()},
            {"AlgorithmSpecification", {{"TrainingImage", "x/xgboost:1"}, {"TrainingInputMode", "File"}}},
            {"OutputDataConfig", {{"S3OutputPath", "s3://sagemaker-walk/out"}}},
            {"ResourceConfig", {{"InstanceType", instance}, {"InstanceCount", 1}, {"VolumeSizeInGB", 1}}},
            {"StoppingCondition", {{"MaxRuntimeInSeconds", 3600}}},
            {"HyperParameters", {{"eta", "0.5"}, {"objective", "binary"}, {"odd", "1e999"}}},
            {"Environment", {{"DOES", does}}},
            {"ExperimentConfig", {{"TrialComponentDisplayName", "Shown"}}}};
  }
  JsonObject WithWorkBeside() override { return {{"CheckpointConfig", {{"S3Uri", "s3://sagemaker-walk/c"}}}}; }

  bool CreateWith(const JsonObject& config, const std::string& name = "j") {
    return Create(name, "runs", "ml.t3.medium", {{"ExperimentConfig", config}});
  }
  void MakeExperiment(const char* experiment, const char* trial) {
    world_.Call("CreateExperiment", {{"ExperimentName", experiment}});
    world_.Call("CreateTrial", {{"TrialName", trial}, {"ExperimentName", experiment}});
  }
  Json Component(const std::string& name = "j-aws-training-job") {
    return world_.Call("DescribeTrialComponent", {{"TrialComponentName", name}});
  }
  std::string Shown(const char* path) { return GetString(Component(), path); }
};

TEST_F(TrackingTest, TheComponentTellsOfTheJob) {
  ASSERT_TRUE(Create("j", "runs"));
  const Json component = Component();
  EXPECT_EQ(GetString(component, "DisplayName"), "Shown");
  EXPECT_EQ(GetString(component, "Source.SourceArn"), ArnOf(TrainingJobNoun(), Job()->key));
  EXPECT_EQ(GetString(component, "Source.SourceType"), "SageMakerTrainingJob");
  const JsonObject& parameters = component.at("Parameters").as_object();
  EXPECT_EQ(parameters.at("eta"), (Json{{"NumberValue", 0.5}}));
  EXPECT_EQ(parameters.at("objective"), (Json{{"StringValue", "binary"}}));
  EXPECT_EQ(parameters.at("odd"), (Json{{"StringValue", "1e999"}}));
  EXPECT_EQ(parameters.at("SageMaker.InstanceType"), (Json{{"StringValue", "ml.t3.medium"}}));
  EXPECT_EQ(parameters.at("SageMaker.InstanceCount"), (Json{{"NumberValue", 1}}));
  EXPECT_EQ(GetString(component, "Status.PrimaryStatus"), "InProgress");
}

// Whatever happens to the server meanwhile: the component ends as the job does, for both are one commit.
TEST_F(TrackingTest, TheComponentFollowsTheJobInEveryStateByEveryFailure) {
  WalkAll(States(), {{"nothing", [] {}}}, Failures(), [this] {
    world_.FailWrites(0);
    world_.Pass(kMinutes);
    for (const char* name : {"hog-1", "hog-2", "j"}) Stop(name);
    world_.Pass(kHours);
    if (Job() != nullptr) {
      EXPECT_EQ(Shown("Status.PrimaryStatus"), Job()->state);
      EXPECT_EQ(Shown("Status.Message"), GetString(Job()->status, "FailureReason"));
      EXPECT_EQ(GetDouble(Component(), "EndTime"), GetDouble(Job()->status, "TrainingEndTime"));
      EXPECT_EQ(GetDouble(Component(), "StartTime"), GetDouble(Job()->status, "TrainingStartTime"));
    }
    for (const char* name : {"hog-1", "hog-2", "j"}) Delete(name);
    world_.Run();
  });
}

TEST_F(TrackingTest, AStopIsToldAtOnce) {
  ASSERT_TRUE(Create("j", "runs"));
  world_.Run();
  ASSERT_TRUE(Stop());
  EXPECT_EQ(Shown("Status.PrimaryStatus"), "Stopping");
}

TEST_F(TrackingTest, TheComponentJoinsTheTrial) {
  MakeExperiment("E", "T");
  ASSERT_TRUE(CreateWith({{"ExperimentName", "e"}, {"TrialName", "t"}}));
  const Json parents = JsonArray{{{"TrialName", "T"}, {"ExperimentName", "E"}}};
  EXPECT_EQ(Component().at("Parents"), parents);
  EXPECT_EQ(ChildrenOf(*world_.Get(TrialNoun(), "t")), 1);
}

TEST_F(TrackingTest, ATrialIsMadeForAnExperimentAlone) {
  MakeExperiment("E", "T");
  ASSERT_TRUE(CreateWith({{"ExperimentName", "E"}}));
  EXPECT_EQ(ChildrenOf(*world_.Get(ExperimentNoun(), "e")), 2);
  const auto trial = world_.Get(TrialNoun(), "j-aws-trial");
  ASSERT_NE(trial, nullptr);
  EXPECT_EQ(GetString(trial->spec, "ExperimentName"), "E");
  EXPECT_EQ(ChildrenOf(*trial), 1);
}

TEST_F(TrackingTest, WhatIsNotThereOrDoesNotFitIsRefusedAndLeavesNothing) {
  MakeExperiment("E", "T");
  MakeExperiment("F", "U");
  EXPECT_FALSE(CreateWith({{"ExperimentName", "none"}}));
  EXPECT_FALSE(CreateWith({{"TrialName", "none"}}));
  EXPECT_FALSE(CreateWith({{"ExperimentName", "E"}, {"TrialName", "U"}}));
  EXPECT_FALSE(CreateWith({{"ExperimentName", "E"}, {"TrialName", "T"}, {"RunName", "none"}}));
  EXPECT_EQ(Job(), nullptr);
  EXPECT_EQ(world_.Get(TrialComponentNoun(), "j-aws-training-job"), nullptr);
  EXPECT_EQ(ChildrenOf(*world_.Get(TrialNoun(), "t")), 0);
}

// The SDK names a run <experiment>-<run>; either name finds it.
TEST_F(TrackingTest, ARunTellsOfItsJobs) {
  MakeExperiment("E", "T");
  world_.Call("CreateTrialComponent", {{"TrialComponentName", "E-my-run"}});
  ASSERT_TRUE(CreateWith({{"ExperimentName", "E"}, {"TrialName", "T"}, {"RunName", "E-my-run"}}));
  ASSERT_TRUE(CreateWith({{"ExperimentName", "E"}, {"TrialName", "T"}, {"RunName", "my-run"}}, "k"));
  const Json run = Component("e-my-run");
  ASSERT_EQ(run.at("Sources").as_array().size(), 2U);
  EXPECT_EQ(GetString(run.at("Sources").at(1), "SourceArn"), ArnOf(TrainingJobNoun(), Job("k")->key));
  EXPECT_EQ(Shown("RunName"), "E-my-run");
}

TEST_F(TrackingTest, AComponentOfAnotherIsNotTaken) {
  world_.Call("CreateTrialComponent", {{"TrialComponentName", "j-aws-training-job"}});
  EXPECT_FALSE(Create("j", "runs"));
}

// The job of before is deleted; its component stays, and its trials.
TEST_F(TrackingTest, AJobUnderTheSameNameTakesOverTheComponent) {
  MakeExperiment("E", "T");
  ASSERT_TRUE(CreateWith({{"TrialName", "T"}}));
  world_.Run();
  Stop();
  world_.Pass(kMinutes);
  ASSERT_TRUE(Delete());
  world_.Run();
  EXPECT_EQ(Shown("Status.PrimaryStatus"), "Stopped");
  ASSERT_TRUE(CreateWith({{"TrialName", "T"}}));
  EXPECT_EQ(Shown("Status.PrimaryStatus"), "InProgress");
  EXPECT_EQ(Find(Component(), "EndTime"), nullptr);
  EXPECT_EQ(ChildrenOf(*world_.Get(TrialNoun(), "t")), 1);
}

// What a client sets in the component meanwhile is not undone.
TEST_F(TrackingTest, TheClientsOwnEntriesStay) {
  ASSERT_TRUE(Create("j", "runs"));
  world_.Call("UpdateTrialComponent", {{"TrialComponentName", "j-aws-training-job"},
                                       {"Parameters", {{"mine", {{"NumberValue", 1}}}}},
                                       {"ParametersToRemove", {"eta"}}});
  world_.Run();
  Stop();
  world_.Pass(kMinutes);
  const JsonObject parameters = Component().at("Parameters").as_object();
  EXPECT_TRUE(parameters.contains("mine"));
  EXPECT_FALSE(parameters.contains("eta"));
}

}  // namespace
}  // namespace sagebrush::sagemaker
