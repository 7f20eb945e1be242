#include "sagemaker/jobs/job_walk.h"
#include "sagemaker/transform/transform.h"

namespace sagebrush::sagemaker {
namespace {

class TransformJobWalk : public JobWalk {
 protected:
  TransformJobWalk() : JobWalk(TransformJobNoun()) {
    for (const char* key : {"in/a", "in/b", "in/folder/c"}) Put(key, "1\n2\n");
    EXPECT_TRUE(world_.Accepts(
        "CreateModel",
        {{"ModelName", "m"}, {"ExecutionRoleArn", world_.Role()}, {"PrimaryContainer", {{"Image", "x/xgboost:1"}}}}));
  }

  void Put(const std::string& key, const std::string& bytes) {
    auto writer = world_.objects().Write(kBucket, key, {}, {});
    writer->Append(bytes);
    writer->Commit();
  }
  JsonObject Request(const std::string& name, const std::string& does, const std::string& instance) override {
    return {{"TransformJobName", name},
            {"ModelName", "m"},
            {"Environment", {{"DOES", does}}},
            {"ModelClientConfig", {{"InvocationsTimeoutInSeconds", 1}}},
            {"TransformInput",
             {{"DataSource", {{"S3DataSource", {{"S3DataType", "S3Prefix"}, {"S3Uri", "s3://sagemaker-walk/in"}}}}},
              {"SplitType", "Line"}}},
            {"TransformOutput", {{"S3OutputPath", "s3://sagemaker-walk/out"}, {"AssembleWith", "Line"}}},
            {"TransformResources", {{"InstanceType", instance}, {"InstanceCount", 1}}}};
  }
  // Its server answers: the records go to it.
  JsonObject WithWorkBeside() override { return {{"Environment", {{"DOES", "serves"}}}}; }
  std::vector<std::string> Outputs() {
    std::vector<std::string> keys;
    for (const auto& object : world_.objects().List(kBucket, {.prefix = "out/"}).objects) keys.push_back(object.key);
    return keys;
  }
};

TEST_F(TransformJobWalk, EveryStateByEveryOperationByEveryFailureEnds) {
  WalkEveryStateByEveryOperationByEveryFailure();
}

TEST_F(TransformJobWalk, RandomWalksEndWithNothingStuck) { WalkAtRandom(); }

TEST_F(TransformJobWalk, StoresAnOutputForEachInputAndEndsItsServer) {
  EXPECT_TRUE(Create("j", "serves"));
  world_.Run();
  world_.Pass(Seconds(1));
  EXPECT_EQ(State(), "Completed") << GetString(Job()->status, "FailureReason");
  EXPECT_EQ(Outputs(), (std::vector<std::string>{"out/a.out", "out/b.out", "out/folder/c.out"}));
  ExpectNothingLeft("jobs");
}

TEST_F(TransformJobWalk, FailsWhenItsServerDoesNotAnswer) {
  EXPECT_TRUE(Create("j", "runs"));
  world_.Run();
  world_.Pass(Seconds(200));
  EXPECT_EQ(State(), "InProgress");
  world_.Pass(Seconds(100));
  EXPECT_EQ(State(), "Failed");
  EXPECT_TRUE(GetString(Job()->status, "FailureReason").starts_with("AlgorithmError: The model server did not answer"));
}

// A server that ends by itself has not done its work, whatever it exits with.
TEST_F(TransformJobWalk, FailsWhenItsServerEnds) {
  EXPECT_TRUE(Create("j", "ends"));
  world_.Run();
  EXPECT_EQ(State(), "Failed");
}

TEST_F(TransformJobWalk, GoesOnWithTheModelThatItBeganWith) {
  EXPECT_TRUE(Create("j", "serves"));
  EXPECT_TRUE(world_.Accepts("DeleteModel", {{"ModelName", "m"}}));
  world_.Run();
  world_.Pass(Seconds(1));
  EXPECT_EQ(State(), "Completed") << GetString(Job()->status, "FailureReason");
}

}  // namespace
}  // namespace sagebrush::sagemaker
