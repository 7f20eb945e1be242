#include "inference/invocation_metrics.h"

#include <gtest/gtest.h>

#include "inference/fake_model.h"
#include "telemetry/fake_metric_sink.h"

namespace sagebrush::inference {
namespace {

using std::chrono::microseconds;

TEST(LatencyCounter, KnowsSumAndExtremesExactlyAndPercentilesNearly) {
  LatencyCounter counter;
  for (int i = 1; i <= 1000; ++i) counter.Add(microseconds(i * 10));
  const telemetry::Datapoint taken = counter.Take();
  EXPECT_EQ(taken.sample_count(), 1000);
  EXPECT_EQ(taken.sum(), 5'005'000);
  EXPECT_EQ(taken.minimum(), 10);
  EXPECT_EQ(taken.maximum(), 10'000);
  for (const double percent : {10.0, 50.0, 99.0}) {
    EXPECT_NEAR(*taken.Percentile(percent), percent * 100, percent * 100 * 0.07) << percent;
  }
  EXPECT_TRUE(counter.Take().empty());
}

TEST(LatencyCounter, TakesWhatIsOutOfEveryRange) {
  LatencyCounter counter;
  counter.Add(microseconds(0));
  counter.Add(microseconds(-5));
  counter.Add(std::chrono::hours(100'000));
  const telemetry::Datapoint taken = counter.Take();
  EXPECT_EQ(taken.sample_count(), 3);
  EXPECT_EQ(taken.minimum(), 0);
  EXPECT_EQ(taken.maximum(), 3.6e14);
}

class InvocationMetricsTest : public testing::Test {
 protected:
  InvocationMetricsTest() { router_.SetRoute("1", "us-east-1", "E", {{{"v", 1, {{"w1"}, {"w2"}}}}, {}}); }
  InvocationCounters& Counters() { return *router_.Choose("1", "us-east-1", "E", "v").variant().counters; }

  FakeRuntime runtime_;
  Router router_{runtime_};
  telemetry::FakeMetricSink sink_;
};

TEST_F(InvocationMetricsTest, PublishWhatWentThroughAVariant) {
  for (int i = 0; i < 4; ++i) {
    Counters().model_latency.Add(microseconds(1000));
    Counters().overhead_latency.Add(microseconds(10));
  }
  Counters().client_errors = 1;
  PublishInvocations(router_, sink_, Time{60'000});
  ASSERT_EQ(sink_.size(), 6u);
  const auto taken = [&](const char* name) { return sink_.Of(name).at(0); };
  const telemetry::Metric expected{
      "1", "us-east-1", "AWS/SageMaker", "Invocations", {{"EndpointName", "E"}, {"VariantName", "v"}}};
  EXPECT_EQ(taken("Invocations").metric, expected);
  EXPECT_EQ(taken("Invocations").time, Time{59'999});  // Of the minute that is over.
  EXPECT_EQ(taken("Invocations").values.sum(), 4);
  EXPECT_EQ(taken("InvocationsPerInstance").values.sum(), 2);
  EXPECT_EQ(taken("Invocation4XXErrors").values.average(), 0.25);
  EXPECT_EQ(taken("Invocation5XXErrors").values.average(), 0);
  EXPECT_EQ(taken("ModelLatency").unit, "Microseconds");
  EXPECT_EQ(taken("ModelLatency").values.average(), 1000);
  EXPECT_EQ(taken("OverheadLatency").values.sum(), 40);
}

TEST_F(InvocationMetricsTest, SayNothingOfAVariantThatNobodyInvoked) {
  PublishInvocations(router_, sink_, Time{60'000});
  EXPECT_EQ(sink_.size(), 0u);
}

}  // namespace
}  // namespace sagebrush::inference
