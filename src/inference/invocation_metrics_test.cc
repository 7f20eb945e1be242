#include "inference/invocation_metrics.h"

#include <map>

#include <gtest/gtest.h>

#include "inference/fake_model.h"

namespace sagebrush::inference {
namespace {

using std::chrono::microseconds;

class FakeSink : public telemetry::MetricSink {
 public:
  void Publish(std::span<const telemetry::MetricDatum> data) override {
    for (const auto& datum : data) taken[datum.metric.name] = datum;
  }
  std::map<std::string, telemetry::MetricDatum> taken;
};

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
  InvocationMetricsTest() { router_.SetEndpoint("1", "us-east-1", "E", {{"v", 1, {{"w1"}, {"w2"}}}}); }
  InvocationCounters& Counters() { return *router_.Choose("1", "us-east-1", "E", "v").variant().counters; }

  FakeRuntime runtime_;
  Router router_{runtime_};
  FakeSink sink_;
};

TEST_F(InvocationMetricsTest, PublishWhatWentThroughAVariant) {
  for (int i = 0; i < 4; ++i) {
    Counters().model_latency.Add(microseconds(1000));
    Counters().overhead_latency.Add(microseconds(10));
  }
  Counters().client_errors = 1;
  PublishInvocations(router_, sink_, Time{60'000});
  const auto& taken = sink_.taken;
  ASSERT_EQ(taken.size(), 6u);
  const telemetry::Metric expected{
      "1", "us-east-1", "AWS/SageMaker", "Invocations", {{"EndpointName", "E"}, {"VariantName", "v"}}};
  EXPECT_EQ(taken.at("Invocations").metric, expected);
  EXPECT_EQ(taken.at("Invocations").time, Time{59'999});  // Of the minute that is over.
  EXPECT_EQ(taken.at("Invocations").values.sum(), 4);
  EXPECT_EQ(taken.at("InvocationsPerInstance").values.sum(), 2);
  EXPECT_EQ(taken.at("Invocation4XXErrors").values.average(), 0.25);
  EXPECT_EQ(taken.at("Invocation5XXErrors").values.average(), 0);
  EXPECT_EQ(taken.at("ModelLatency").unit, "Microseconds");
  EXPECT_EQ(taken.at("ModelLatency").values.average(), 1000);
  EXPECT_EQ(taken.at("OverheadLatency").values.sum(), 40);
}

TEST_F(InvocationMetricsTest, SayNothingOfAVariantThatNobodyInvoked) {
  PublishInvocations(router_, sink_, Time{60'000});
  EXPECT_TRUE(sink_.taken.empty());
}

}  // namespace
}  // namespace sagebrush::inference
