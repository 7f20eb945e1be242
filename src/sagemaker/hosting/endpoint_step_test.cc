#include "sagemaker/hosting/endpoint_step.h"

#include <gtest/gtest.h>

namespace sagebrush::sagemaker {
namespace {

store::Resource Endpoint(const char* spec, const char* status) {
  store::Resource endpoint;
  endpoint.spec = ParseJson(spec);
  endpoint.status = ParseJson(status);
  return endpoint;
}

TEST(EndpointStep, FollowsFromSpecAndStatus) {
  const struct {
    const char* spec;
    const char* status;
    EndpointStep step;
  } rows[] = {
      {R"({"Generation":1,"Variants":[]})", "{}", EndpointStep::kDeploy},
      {R"({"Generation":1,"Variants":[1]})", R"({"Serving":{"Generation":1,"Variants":[1]}})", EndpointStep::kServe},
      {R"({"Generation":1,"Variants":[2]})", R"({"Serving":{"Generation":1,"Variants":[1]}})", EndpointStep::kDeploy},
      {R"({"Generation":2,"Variants":[1]})", R"({"Serving":{"Generation":1,"Variants":[1]}})", EndpointStep::kDeploy},
      {R"({"Generation":2,"Variants":[1]})", R"({"FailedGeneration":2,"Serving":{"Generation":1,"Variants":[1]}})",
       EndpointStep::kServe},
      {R"({"Generation":1,"Variants":[1]})", R"({"FailedGeneration":1})", EndpointStep::kFailed},
      {R"({"Generation":3,"Variants":[1]})", R"({"FailedGeneration":2,"Serving":{"Generation":1,"Variants":[1]}})",
       EndpointStep::kDeploy},
      {R"({"Generation":1,"Variants":[1],"Delete":true})", R"({"Serving":{"Generation":1,"Variants":[1]}})",
       EndpointStep::kDelete},
  };
  for (const auto& row : rows) EXPECT_EQ(NextStep(Endpoint(row.spec, row.status)), row.step) << row.spec << row.status;
}

TEST(InstanceStep, GivesUpOnlyWhenTheStartupTimeIsOver) {
  runtime::WorkloadState run;
  run.running = true;
  run.started = Time{1000};
  EXPECT_EQ(NextStep(std::nullopt, false, Time{1000}, Seconds(240)), InstanceStep::kStart);
  EXPECT_EQ(NextStep(run, false, Time{241'000}, Seconds(240)), InstanceStep::kAsk);
  EXPECT_EQ(NextStep(run, false, Time{241'001}, Seconds(240)), InstanceStep::kGiveUp);
  EXPECT_EQ(NextStep(run, true, Time{999'999'999}, Seconds(240)), InstanceStep::kUse);
  run.running = false;
  EXPECT_EQ(NextStep(run, true, Time{1000}, Seconds(240)), InstanceStep::kReplace);
}

}  // namespace
}  // namespace sagebrush::sagemaker
