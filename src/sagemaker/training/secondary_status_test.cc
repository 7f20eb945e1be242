#include "sagemaker/training/secondary_status.h"

#include <gtest/gtest.h>

namespace sagebrush::sagemaker {
namespace {

TEST(SecondaryStatusTransitions, EndWhenTheNextBegins) {
  store::Resource job;
  job.status = JsonObject();
  RecordTransition(job, "Starting", "waiting", Time{1000});
  RecordTransition(job, "Starting", "still waiting", Time{2000});
  RecordTransition(job, "Training", "training", Time{3000});
  EXPECT_EQ(ToText(job.status.at("SecondaryStatusTransitions")),
            R"([{"Status":"Starting","StartTime":1,"StatusMessage":"still waiting","EndTime":3},)"
            R"({"Status":"Training","StartTime":3,"StatusMessage":"training"}])");
}

}  // namespace
}  // namespace sagebrush::sagemaker
