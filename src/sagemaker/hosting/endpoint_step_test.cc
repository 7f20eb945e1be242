#include "sagemaker/hosting/endpoint_step.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace sagebrush::sagemaker {
namespace {

store::Resource Endpoint(const char* spec, const char* status) {
  store::Resource endpoint;
  endpoint.spec = ParseJson(spec);
  endpoint.status = ParseJson(status);
  return endpoint;
}

TEST(EndpointStep, FollowsFromSpecAndStatusAndGivesTheState) {
  const struct {
    const char* spec;
    const char* status;
    EndpointStep step;
    const char* state;
  } rows[] = {
      {R"({"Generation":1})", "{}", EndpointStep::kDeploy, "Creating"},
      {R"({"Generation":1})", R"({"Serving":{"Generation":1}})", EndpointStep::kServe, "InService"},
      {R"({"Generation":2})", R"({"Serving":{"Generation":1}})", EndpointStep::kDeploy, "Updating"},
      {R"({"Generation":2})", R"({"FailedGeneration":2,"Serving":{"Generation":1}})", EndpointStep::kServe,
       "InService"},
      {R"({"Generation":1})", R"({"FailedGeneration":1})", EndpointStep::kFailed, "Failed"},
      {R"({"Generation":3})", R"({"FailedGeneration":2,"Serving":{"Generation":1}})", EndpointStep::kDeploy,
       "Updating"},
      {R"({"Generation":1,"Delete":true})", R"({"Serving":{"Generation":1}})", EndpointStep::kDelete, "Deleting"},
      {R"({"Generation":1,"Delete":true})", "{}", EndpointStep::kDelete, "Deleting"},
      {R"({"Generation":1,"Delete":true})", R"({"FailedGeneration":1})", EndpointStep::kDelete, "Deleting"},
  };
  for (const auto& row : rows) {
    const store::Resource endpoint = Endpoint(row.spec, row.status);
    EXPECT_EQ(NextStep(endpoint), row.step) << row.spec << row.status;
    EXPECT_EQ(StateOf(endpoint), row.state) << row.spec << row.status;
  }
}

// Stored by a server that numbered fleets by generation.
TEST(EndpointStep, KnowsTheFleetOfAnEarlierVersion) {
  EXPECT_EQ(FleetOf(ParseJson(R"({"Generation":3})")), 3);
  EXPECT_EQ(FleetOf(ParseJson(R"({"Generation":3,"Fleet":2})")), 2);
}

TEST(InstanceStep, GivesUpOnlyWhenTheStartupTimeIsOver) {
  const Seconds startup_max(240);
  runtime::WorkloadState run;
  run.running = true;
  run.started = Time{1000};
  InstanceRecord record;
  EXPECT_EQ(NextStep(std::nullopt, record, Time{1000}, startup_max), InstanceStep::kStart);
  EXPECT_EQ(NextStep(run, record, Time{241'000}, startup_max), InstanceStep::kAsk);
  EXPECT_EQ(NextStep(run, record, Time{241'001}, startup_max), InstanceStep::kGiveUp);
  record.healthy = true;
  EXPECT_EQ(NextStep(run, record, Time{999'999'999}, startup_max), InstanceStep::kUse);
  run.running = false;
  EXPECT_EQ(NextStep(run, record, Time{1000}, startup_max), InstanceStep::kBury);
}

// W5: 399 starts in 10 seconds.
TEST(InstanceStep, WaitsEverLongerAfterACrash) {
  InstanceRecord record{.first_start = Time{1}};
  Time now{1'000'000};
  Seconds waited{};
  for (int crashes = 1; crashes <= 20; ++crashes) {
    RecordCrash(record, "w", now, "exited");
    EXPECT_EQ(record.crashes, crashes);
    const Seconds delay(record.start_after - now);
    EXPECT_LE(delay.count(), std::min(60.0, 0.25 * std::exp2(crashes - 1)));
    if (delay > Seconds(0)) {
      EXPECT_EQ(NextStep(std::nullopt, record, Time{record.start_after.milliseconds - 1}, Seconds(240)),
                InstanceStep::kWait);
    }
    EXPECT_EQ(NextStep(std::nullopt, record, record.start_after, Seconds(240)), InstanceStep::kStart);
    waited += delay;
    now = record.start_after;
  }
  EXPECT_GT(waited.count(), 120);  // Twenty starts take minutes.
}

TEST(InstanceStep, ForgetsCrashesOnceItAnsweredForAMinute) {
  InstanceRecord record{.crashes = 7, .healthy = true, .healthy_since = Time{0}};
  InstanceRecord young = record;
  RecordCrash(record, "w", Time{60'000}, "exited");
  EXPECT_EQ(record.crashes, 1);
  RecordCrash(young, "w", Time{59'999}, "exited");
  EXPECT_EQ(young.crashes, 8);
}

TEST(InstanceStep, FailsItsDeploymentAfterFourCrashesOrWhenItIsLate) {
  const Seconds startup_max(240);
  InstanceRecord record{.first_start = Time{1000}};
  EXPECT_FALSE(IsHopeless(record, Time{999'999}, startup_max));  // NextStep gives up on one that runs.
  for (int i = 0; i < 3; ++i) RecordCrash(record, "w", Time{2000}, "exited");
  EXPECT_FALSE(IsHopeless(record, Time{2000}, startup_max));
  EXPECT_TRUE(IsHopeless(record, Time{242'000}, startup_max));
  RecordCrash(record, "w", Time{2000}, "exited");
  EXPECT_TRUE(IsHopeless(record, Time{2000}, startup_max));
}

// Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
TEST(RestartDelay, SpreadsThoseThatCrashTogether) {
  double sum = 0, least = 1, most = 0;
  constexpr int kCount = 1000;
  for (int i = 0; i < kCount; ++i) {
    const double share = RestartDelay(5, "uid-1-0-" + std::to_string(i)).count() / 4;
    sum += share;
    least = std::min(least, share);
    most = std::max(most, share);
  }
  EXPECT_NEAR(sum / kCount, 0.5, 0.05);
  EXPECT_LT(least, 0.01);
  EXPECT_GT(most, 0.99);
  EXPECT_LT(most, 1.0);
  EXPECT_EQ(RestartDelay(5, "uid-1-0-0"), RestartDelay(5, "uid-1-0-0"));
  EXPECT_LE(RestartDelay(1'000'000, "w").count(), 60);
}

}  // namespace
}  // namespace sagebrush::sagemaker
