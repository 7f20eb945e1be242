#include "sagemaker/experiments/metrics.h"

#include <gtest/gtest.h>

#include "sagemaker/controller_world.h"
#include "sagemaker/experiments/experiments.h"

namespace sagebrush::sagemaker {
namespace {

class MetricsTest : public testing::Test {
 protected:
  MetricsTest() { world_.Call("CreateTrialComponent", {{"TrialComponentName", "c"}}); }
  store::Resource Component() { return *world_.Get(TrialComponentNoun(), "c"); }
  void Keep(const std::vector<MetricPoint>& points) {
    RewriteWith(
        world_.context(), TrialComponentNoun(), Component().key,
        [&](store::Resource& component, Alongside& also) { KeepPoints(world_.context(), component, points, also); });
  }
  static std::vector<MetricPoint> Points(int first, int last) {
    std::vector<MetricPoint> points;
    for (int i = first; i < last; ++i) points.push_back({i % 2 == 0 ? "even" : "odd", Time{i}, i, i * 0.5});
    return points;
  }
  ControllerWorld world_;
};

// 250 points are a piece: batches that end before, on and behind its end.
TEST_F(MetricsTest, PointsAreKeptInTheirOrder) {
  Keep(Points(0, 245));
  Keep(Points(245, 255));
  Keep(Points(255, 500));
  Keep(Points(500, 501));
  Keep({{"no step", Time{7}, std::nullopt, -1}});
  const std::vector<MetricPoint> kept = PointsOf(world_.context(), Component());
  ASSERT_EQ(kept.size(), 502U);
  for (int i = 0; i <= 500; ++i) {
    const MetricPoint& point = kept[static_cast<std::size_t>(i)];
    EXPECT_EQ(point.name, i % 2 == 0 ? "even" : "odd");
    EXPECT_EQ(point.time, Time{i});
    EXPECT_EQ(point.step, i);
    EXPECT_EQ(point.value, i * 0.5);
  }
  EXPECT_EQ(kept.back().step, std::nullopt);
}

TEST_F(MetricsTest, PointsGoWithTheComponent) {
  Keep(Points(0, 600));
  world_.Call("DeleteTrialComponent", {{"TrialComponentName", "c"}});
  EXPECT_TRUE(world_.context().store.All("trial-component-points").empty());
}

TEST_F(MetricsTest, OneMetricHasASummaryForEachSource) {
  store::Resource component = Component();
  EXPECT_TRUE(Summarize(component, "a", {"loss", Time{1000}, {}, 2}));
  EXPECT_TRUE(Summarize(component, "a", {"loss", Time{2000}, {}, 4}));
  ReplaceSummaries(component, "job", {SummaryOf("loss", "job", Moments())});
  ReplaceSummaries(component, "job", {SummaryOf("loss", "job", Moments())});
  const JsonArray summaries = SummariesOf(component);
  ASSERT_EQ(summaries.size(), 2U);
  EXPECT_EQ(GetInt(summaries[0], "Count"), 2);
  EXPECT_EQ(GetDouble(summaries[0], "Avg"), 3);
  EXPECT_EQ(GetDouble(summaries[0], "TimeStamp"), 2);
  EXPECT_EQ(GetString(summaries[1], "SourceArn"), "job");
}

TEST_F(MetricsTest, SummariesAreOfSoManyMetricsAndNoMore) {
  store::Resource component = Component();
  for (std::size_t i = 0; i < kMetricsMax; ++i) {
    ASSERT_TRUE(Summarize(component, "a", {"m" + std::to_string(i), Time{1}, {}, 1}));
  }
  EXPECT_FALSE(Summarize(component, "a", {"another", Time{1}, {}, 1}));
  EXPECT_TRUE(Summarize(component, "a", {"m0", Time{1}, {}, 1}));
}

}  // namespace
}  // namespace sagebrush::sagemaker
