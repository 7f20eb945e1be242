#include "sagemaker/jobs/job_walk.h"
#include "sagemaker/processing/processing.h"

namespace sagebrush::sagemaker {
namespace {

JsonObject Output(const char* name, const char* mode) {
  return {{"OutputName", name},
          {"S3Output",
           {{"S3Uri", fmt::format("s3://sagemaker-walk/{}", name)},
            {"LocalPath", fmt::format("/opt/ml/processing/{}", name)},
            {"S3UploadMode", mode}}}};
}

class ProcessingJobWalk : public JobWalk {
 protected:
  explicit ProcessingJobWalk(int hosts = 1) : JobWalk(ProcessingJobNoun()), hosts_(hosts) {}

  JsonObject Request(const std::string& name, const std::string& does, const std::string& instance) override {
    return {{"ProcessingJobName", name},
            {"RoleArn", world_.Role()},
            {"AppSpecification", {{"ImageUri", "x/xgboost:1"}, {"ContainerEntrypoint", JsonArray{"python3"}}}},
            {"ProcessingOutputConfig", {{"Outputs", JsonArray{Output("end", "EndOfJob")}}}},
            {"ProcessingResources",
             {{"ClusterConfig", {{"InstanceType", instance}, {"InstanceCount", hosts_}, {"VolumeSizeInGB", 1}}}}},
            {"Environment", {{"DOES", does}}}};
  }
  JsonObject WithWorkBeside() override {
    return {
        {"ProcessingOutputConfig", {{"Outputs", JsonArray{Output("end", "EndOfJob"), Output("live", "Continuous")}}}}};
  }

 private:
  const int hosts_;
};

class ProcessingGangWalk : public ProcessingJobWalk {
 protected:
  ProcessingGangWalk() : ProcessingJobWalk(2) {}

  void EndSecond(int code) {
    world_.runtime().End(WorkloadOf(*Job(), 1), runtime::ExitReason::kExited, code);
    world_.Run();
  }
};

TEST_F(ProcessingJobWalk, EveryStateByEveryOperationByEveryFailureEnds) {
  WalkEveryStateByEveryOperationByEveryFailure();
}

TEST_F(ProcessingJobWalk, RandomWalksEndWithNothingStuck) { WalkAtRandom(); }

TEST_F(ProcessingGangWalk, EveryStateByEveryOperationByEveryFailureEnds) {
  WalkEveryStateByEveryOperationByEveryFailure();
}

TEST_F(ProcessingGangWalk, RandomWalksEndWithNothingStuck) { WalkAtRandom(); }

TEST_F(ProcessingGangWalk, EndsWhenAllItsHostsHave) {
  ASSERT_TRUE(Create("j", "runs"));
  world_.Run();
  EndSecond(0);
  EXPECT_EQ(State(), "InProgress");
  End(runtime::ExitReason::kExited, 0);
  world_.Run();
  EXPECT_EQ(State(), "Completed");
  ExpectTheEnd();
}

TEST_F(ProcessingGangWalk, AHostThatFailsEndsTheOthers) {
  ASSERT_TRUE(Create("j", "runs"));
  world_.Run();
  EndSecond(3);
  EXPECT_EQ(State(), "Failed");
  EXPECT_NE(GetString(Job()->status, "FailureReason").find("exit code: 3"), std::string::npos);
  EXPECT_TRUE(world_.runtime().List().empty());
  ExpectTheEnd();
}

TEST_F(ProcessingGangWalk, WaitsForRoomForAllItsHosts) {
  ASSERT_TRUE(Create("hog-1", "runs", kHuge));  // Fills the machine with its two.
  ASSERT_TRUE(Create("j", "runs"));
  world_.Run();
  EXPECT_EQ(world_.runtime().List().size(), 2u);
  Stop("hog-1");
  world_.Run();
  EXPECT_EQ(State("hog-1"), "Stopped");
  EXPECT_TRUE(world_.runtime().Inspect(WorkloadOf(*Job(), 1)));
  ExpectTheEnd();
}

}  // namespace
}  // namespace sagebrush::sagemaker
