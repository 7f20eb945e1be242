#include "sagemaker/hosting/deployment_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::sagemaker {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::HasSubstr;

DeploymentPolicy Policy(const char* text, std::int64_t instances = 10) {
  const Json config = ParseJson(text);
  return PolicyOf(&config, instances);
}
std::string WhyRefused(const char* text, std::int64_t instances = 10) {
  try {
    Policy(text, instances);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(DeploymentPolicy, MovesAllTrafficAtOnceUnlessToldOtherwise) {
  EXPECT_THAT(PolicyOf(nullptr, 3).shares, ElementsAre(1));
  EXPECT_EQ(PolicyOf(nullptr, 3).time_max, Seconds(0));
}

TEST(DeploymentPolicy, HasTheSharesAfterEachStep) {
  const DeploymentPolicy canary = Policy(R"({"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration":
      {"Type": "CANARY", "WaitIntervalInSeconds": 30, "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 2}},
      "TerminationWaitInSeconds": 60, "MaximumExecutionTimeoutInSeconds": 600},
      "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}})");
  EXPECT_THAT(canary.shares, ElementsAre(DoubleEq(0.2), 1));
  EXPECT_EQ(canary.bake, Seconds(30));
  EXPECT_EQ(canary.termination_wait, Seconds(60));
  EXPECT_EQ(canary.time_max, Seconds(600));
  EXPECT_FALSE(canary.rolling);
  EXPECT_THAT(canary.alarms, ElementsAre("errors"));
  const DeploymentPolicy linear = Policy(R"({"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration":
      {"Type": "LINEAR", "WaitIntervalInSeconds": 0, "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 40}}}})");
  EXPECT_THAT(linear.shares, ElementsAre(DoubleEq(0.4), DoubleEq(0.8), 1));
  const DeploymentPolicy rolling = Policy(R"({"RollingUpdatePolicy": {"WaitIntervalInSeconds": 5,
      "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50}}})");
  EXPECT_THAT(rolling.shares, ElementsAre(DoubleEq(0.5), 1));
  EXPECT_TRUE(rolling.rolling);
}

TEST(DeploymentPolicy, SaysWhatIsWrongWithASize) {
  constexpr char kCanary[] = R"({"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration":
      {"Type": "CANARY", "WaitIntervalInSeconds": 0, "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 2}}}})";
  EXPECT_EQ(WhyRefused(kCanary, 4), "");
  EXPECT_EQ(WhyRefused(kCanary, 3),
            "CanarySize is 2, which is 66.6667 % of the 3 instances of a variant; it must be 0 to 50 %.");
  EXPECT_THAT(WhyRefused(R"({"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration":
                             {"Type": "LINEAR", "WaitIntervalInSeconds": 0}}})"),
              HasSubstr("needs a LinearStepSize"));
  EXPECT_THAT(WhyRefused(R"({"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE",
                             "WaitIntervalInSeconds": 0, "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}}}})"),
              HasSubstr("CanarySize belongs to the type CANARY, not ALL_AT_ONCE"));
  EXPECT_THAT(WhyRefused(R"({"RollingUpdatePolicy": {"WaitIntervalInSeconds": 0,
                             "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 4}}})"),
              HasSubstr("5 to 50 %"));
  EXPECT_THAT(WhyRefused(R"({"BlueGreenUpdatePolicy": {}, "RollingUpdatePolicy": {}})"), HasSubstr("give either"));
}

}  // namespace
}  // namespace sagebrush::sagemaker
