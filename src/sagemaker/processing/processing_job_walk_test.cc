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
  ProcessingJobWalk() : JobWalk(ProcessingJobNoun()) {}

  JsonObject Request(const std::string& name, const std::string& does, const std::string& instance) override {
    return {{"ProcessingJobName", name},
            {"RoleArn", world_.Role()},
            {"AppSpecification", {{"ImageUri", "x/xgboost:1"}, {"ContainerEntrypoint", JsonArray{"python3"}}}},
            {"ProcessingOutputConfig", {{"Outputs", JsonArray{Output("end", "EndOfJob")}}}},
            {"ProcessingResources",
             {{"ClusterConfig", {{"InstanceType", instance}, {"InstanceCount", 1}, {"VolumeSizeInGB", 1}}}}},
            {"Environment", {{"DOES", does}}}};
  }
  JsonObject WithWorkBeside() override {
    return {
        {"ProcessingOutputConfig", {{"Outputs", JsonArray{Output("end", "EndOfJob"), Output("live", "Continuous")}}}}};
  }
};

TEST_F(ProcessingJobWalk, EveryStateByEveryOperationByEveryFailureEnds) {
  WalkEveryStateByEveryOperationByEveryFailure();
}

TEST_F(ProcessingJobWalk, RandomWalksEndWithNothingStuck) { WalkAtRandom(); }

}  // namespace
}  // namespace sagebrush::sagemaker
