#include "sagemaker/hosting/replica_step.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace sagebrush::sagemaker {
namespace {

TEST(ReplicaStep, GivesUpOnlyWhenTheStartupTimeIsOver) {
  runtime::WorkloadState run;
  run.running = true;
  run.started = Time{1000};
  ReplicaRecord record;
  EXPECT_EQ(NextStep(std::nullopt, record, Time{1000}), ReplicaStep::kStart);
  EXPECT_EQ(NextStep(run, record, Time{241'000}), ReplicaStep::kAsk);
  EXPECT_EQ(NextStep(run, record, Time{241'001}), ReplicaStep::kGiveUp);
  record.healthy = true;
  EXPECT_EQ(NextStep(run, record, Time{999'999'999}), ReplicaStep::kUse);
  run.running = false;
  EXPECT_EQ(NextStep(run, record, Time{1000}), ReplicaStep::kBury);
}

// W5: 399 starts in 10 seconds.
TEST(ReplicaStep, WaitsEverLongerAfterACrash) {
  ReplicaRecord record{.first_start = Time{1}};
  Time now{1'000'000};
  Seconds waited{};
  for (int crashes = 1; crashes <= 20; ++crashes) {
    RecordCrash(record, "w", now, "exited");
    EXPECT_EQ(record.crashes, crashes);
    const Seconds delay(record.start_after - now);
    EXPECT_LE(delay.count(), std::min(60.0, 0.25 * std::exp2(crashes - 1)));
    if (delay > Seconds(0)) {
      EXPECT_EQ(NextStep(std::nullopt, record, Time{record.start_after.milliseconds - 1}), ReplicaStep::kWait);
    }
    EXPECT_EQ(NextStep(std::nullopt, record, record.start_after), ReplicaStep::kStart);
    waited += delay;
    now = record.start_after;
  }
  EXPECT_GT(waited.count(), 120);  // Twenty starts take minutes.
}

TEST(ReplicaStep, ForgetsCrashesOnceItAnsweredForAMinute) {
  ReplicaRecord record{.crashes = 7, .healthy = true, .healthy_since = Time{0}};
  ReplicaRecord young = record;
  RecordCrash(record, "w", Time{60'000}, "exited");
  EXPECT_EQ(record.crashes, 1);
  RecordCrash(young, "w", Time{59'999}, "exited");
  EXPECT_EQ(young.crashes, 8);
}

TEST(ReplicaStep, FailsItsDeploymentAfterFourCrashesOrWhenItIsLate) {
  ReplicaRecord record{.first_start = Time{1000}};
  EXPECT_EQ(WhyHopeless(record, Time{999'999}), "");  // NextStep gives up on one that runs.
  for (int i = 0; i < 3; ++i) RecordCrash(record, "w", Time{2000}, "exited");
  EXPECT_EQ(WhyHopeless(record, Time{2000}), "");
  EXPECT_EQ(WhyHopeless(record, Time{242'000}), "exited");
  RecordCrash(record, "w", Time{2000}, "exited");
  EXPECT_EQ(WhyHopeless(record, Time{2000}), "exited");
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
