#include "base/line_file.h"
#include "sagemaker/jobs/job_walk.h"
#include "sagemaker/training/training.h"
#include "telemetry/log_store.h"
#include "telemetry/metric_store.h"

namespace sagebrush::sagemaker {
namespace {

class TrainingJobWalk : public JobWalk {
 protected:
  TrainingJobWalk() : JobWalk(TrainingJobNoun()) {}

  JsonObject Request(const std::string& name, const std::string& does, const std::string& instance) override {
    return {{"TrainingJobName", name},
            {"RoleArn", world_.Role()},
            {"AlgorithmSpecification", {{"TrainingImage", "x/xgboost:1"}, {"TrainingInputMode", "File"}}},
            {"OutputDataConfig", {{"S3OutputPath", "s3://sagemaker-walk/out"}}},
            {"ResourceConfig", {{"InstanceType", instance}, {"InstanceCount", 1}, {"VolumeSizeInGB", 1}}},
            {"StoppingCondition", {{"MaxRuntimeInSeconds", 3600}}},
            {"Environment", {{"DOES", does}}}};
  }
  JsonObject WithWorkBeside() override {
    return {{"CheckpointConfig", {{"S3Uri", "s3://sagemaker-walk/checkpoints"}}}};
  }
  std::string Secondary() { return GetString(world_.Call("DescribeTrainingJob", Named("j")), "SecondaryStatus"); }
};

TEST_F(TrainingJobWalk, EveryStateByEveryOperationByEveryFailureEnds) {
  WalkEveryStateByEveryOperationByEveryFailure();
}

TEST_F(TrainingJobWalk, RandomWalksEndWithNothingStuck) { WalkAtRandom(); }

TEST_F(TrainingJobWalk, AnUploadThatTakesLongerIsAPhaseOfItsOwn) {
  Create("j", "runs");
  world_.Run();
  End(runtime::ExitReason::kExited, 0);
  world_.RunReconciles();
  EXPECT_EQ(Secondary(), "Training");
  world_.PassWithoutChores(Seconds(1));
  EXPECT_EQ(Secondary(), "Uploading");
  world_.Run();
  EXPECT_EQ(State(), "Completed") << GetString(Job()->status, "FailureReason");
}

// Its image is made ready in the background, and the job tells how far that is, without room of the machine.
TEST_F(TrainingJobWalk, TellsOfItsImageWhileThatIsMadeReady) {
  const auto message = [this] {
    return GetString(Job()->status.at("SecondaryStatusTransitions").as_array().back(), "StatusMessage");
  };
  world_.images().Become(Stage::kPreparing, "1 of 2 layers is unpacked.");
  Create("j", "runs");
  world_.Run();
  EXPECT_EQ(message(), "Preparing the instances for training: 1 of 2 layers is unpacked.");
  EXPECT_EQ(world_.capacity().free().memory_bytes, kMemoryBytes);
  world_.images().Become(Stage::kPreparing, "2 of 2 layers are unpacked.");
  world_.Run();  // It was told.
  EXPECT_EQ(message(), "Preparing the instances for training: 2 of 2 layers are unpacked.");
  world_.images().Become(Stage::kReady);
  world_.Run();
  EXPECT_EQ(Secondary(), "Training");
}

TEST_F(TrainingJobWalk, FailsWithTheReasonOfAnImageThatCannotBeHad) {
  world_.images().Become(Stage::kPreparing);
  Create("j", "runs");
  world_.Run();
  world_.images().Become(Stage::kFailed, "A layer is damaged. Push the image again.");
  world_.Run();
  EXPECT_EQ(State(), "Failed");
  EXPECT_EQ(GetString(Job()->status, "FailureReason"),
            "ClientError: The image x/xgboost:1 cannot be had: A layer is damaged. Push the image again.");
}

TEST_F(TrainingJobWalk, AsksForItsImageAnewWhenTheServerWasKilledMeanwhile) {
  world_.images().Become(Stage::kPreparing);
  Create("j", "runs");
  world_.Run();
  const int before = world_.images().prepares();
  world_.Restart();
  world_.Run();
  EXPECT_GT(world_.images().prepares(), before);
  world_.images().Become(Stage::kReady);
  world_.Run();
  EXPECT_EQ(Secondary(), "Training");
}

// Its memory is free as soon as it has exited; the next need not wait for its upload.
TEST_F(TrainingJobWalk, AJobThatUploadsHoldsNoRoom) {
  CreateHogs();
  Create("next", "runs", kHuge);
  world_.Run();
  EXPECT_EQ(world_.runtime().List().size(), 2u);
  End(runtime::ExitReason::kExited, 0, "hog-1");
  world_.RunReconciles();
  EXPECT_EQ(world_.capacity().free().memory_bytes, 0);
  EXPECT_EQ(State("hog-1"), "InProgress");
}

// docs.aws.amazon.com/sagemaker/latest/dg/training-metrics.html: what the log says is in CloudWatch, once.
TEST_F(TrainingJobWalk, TheMetricsOfItsLogArePublishedByTheMinute) {
  Create("j", "runs", "ml.t3.medium",
         {{"AlgorithmSpecification",
           {{"TrainingImage", "x/xgboost:1"},
            {"TrainingInputMode", "File"},
            {"MetricDefinitions", JsonArray{JsonObject{{"Name", "loss"}, {"Regex", "loss=(\\S+)"}}}}}}});
  world_.Run();
  LineFileWriter log(world_.context().logs.StreamFile(
      "123456789012", "us-east-1", std::string(TrainingJobForm().log_group), LogStreamOf(TrainingJobForm(), *Job())));
  const Time minute = telemetry::RoundedDown(world_.context().clock.Now(), std::chrono::seconds(60));
  for (int i = 0; i < 4; ++i) log.Append(minute + std::chrono::seconds(20 * i), minute, fmt::format("loss={}", i));
  log.Append(minute, minute, "loss=nan");
  End(runtime::ExitReason::kExited, 0);
  world_.FailWrites(2);  // Its end is tried again.
  world_.Pass(Seconds(60));
  ASSERT_EQ(State(), "Completed");
  const auto published = world_.metrics().Of("loss");
  ASSERT_EQ(published.size(), 2u);
  EXPECT_EQ(published[0].metric.name_space, "/aws/sagemaker/TrainingJobs");
  EXPECT_EQ(published[0].metric.dimensions, (telemetry::Dimensions{{"TrainingJobName", "j"}}));
  EXPECT_EQ(published[0].time, minute);
  EXPECT_EQ(published[0].values.sum(), 3);
  EXPECT_EQ(published[1].values.sum(), 3);
  EXPECT_EQ(published[1].time, minute + std::chrono::seconds(60));
}

// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html: MaxWaitTimeInSeconds.
TEST_F(TrainingJobWalk, AManagedSpotJobWaitsNoLongerThanItsMaxWaitTime) {
  CreateHogs();
  Create("j", "runs", kHuge,
         {{"EnableManagedSpotTraining", true},
          {"StoppingCondition", {{"MaxRuntimeInSeconds", 100}, {"MaxWaitTimeInSeconds", 200}}}});
  world_.Pass(Seconds(150));
  EXPECT_EQ(State(), "InProgress");
  world_.Pass(Seconds(100));
  EXPECT_EQ(State(), "Stopped");
  EXPECT_EQ(Secondary(), "MaxWaitTimeExceeded");
}

}  // namespace
}  // namespace sagebrush::sagemaker
