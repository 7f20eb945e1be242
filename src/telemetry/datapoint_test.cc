#include "telemetry/datapoint.h"

#include <cmath>

#include <gtest/gtest.h>

namespace sagebrush::telemetry {
namespace {

TEST(Datapoint, KnowsCountSumAndExtremes) {
  Datapoint point(3);
  point.Add(-1, 2);
  point.Merge(Datapoint(10));
  EXPECT_EQ(point.sample_count(), 4);
  EXPECT_EQ(point.sum(), 11);
  EXPECT_EQ(point.minimum(), -1);
  EXPECT_EQ(point.maximum(), 10);
  EXPECT_EQ(point.average(), 2.75);
}

TEST(Datapoint, MergedWithNothingIsTheOther) {
  Datapoint point;
  EXPECT_TRUE(point.empty());
  point.Merge(Datapoint(5));
  point.Merge(Datapoint());
  EXPECT_EQ(point.minimum(), 5);
  EXPECT_EQ(point.sample_count(), 1);
}

TEST(Datapoint, PercentilesOfFewValuesAreExact) {
  Datapoint point;
  for (int i = 1; i <= 100; ++i) point.Add(i);
  EXPECT_EQ(point.Percentile(50), 50);
  EXPECT_EQ(point.Percentile(99), 99);
  EXPECT_EQ(point.Percentile(100), 100);
  EXPECT_EQ(point.Percentile(0), 1);
}

TEST(Datapoint, PercentilesOfManyValuesAreNearAndTheSizeIsBounded) {
  Datapoint point;
  for (int i = 1; i <= 100'000; ++i) point.Add(i * 0.7);
  for (const double percent : {1.0, 10.0, 50.0, 90.0, 99.0, 99.9}) {
    EXPECT_NEAR(*point.Percentile(percent), percent * 700, percent * 700 * 0.06) << percent;
  }
  EXPECT_EQ(point.sample_count(), 100'000);
  EXPECT_LE(point.Encode().size(), (5 + 2 * Datapoint::kDistinctMax) * sizeof(double));
}

TEST(Datapoint, StaysBoundedOverAllMagnitudesAndSigns) {
  Datapoint point(0);
  for (int exponent = -360; exponent < 360; ++exponent) {
    for (const double sign : {-1.0, 1.0}) point.Add(sign * std::exp2(exponent));
  }
  EXPECT_LE(point.Encode().size(), (5 + 2 * Datapoint::kDistinctMax) * sizeof(double));
  EXPECT_LE(*point.Percentile(1), -std::exp2(300));
  EXPECT_GE(*point.Percentile(99), std::exp2(300));
  EXPECT_LE(*point.Percentile(100), point.maximum());
}

// docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html: percentiles of statistic sets are
// there only when SampleCount is 1 or Minimum and Maximum are equal.
TEST(Datapoint, OfAStatisticSetHasPercentilesOnlyWhereItsValuesAreKnown) {
  EXPECT_EQ(Datapoint::FromStatisticSet(3, 6, 1, 3).Percentile(50), std::nullopt);
  EXPECT_EQ(Datapoint::FromStatisticSet(3, 6, 2, 2).Percentile(50), 2);
  Datapoint mixed(1);
  mixed.Merge(Datapoint::FromStatisticSet(3, 6, 1, 3));
  EXPECT_EQ(mixed.Percentile(50), std::nullopt);
  EXPECT_EQ(mixed.sum(), 7);
}

TEST(Datapoint, ComesBackFromItsBytes) {
  Datapoint point(1.5, 3);
  point.Merge(Datapoint::FromStatisticSet(2, 5, 1, 4));
  const auto back = Datapoint::Decode(point.Encode());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->Encode(), point.Encode());
  EXPECT_EQ(back->sum(), 9.5);
  for (const char* damaged : {"", "x", "12345678", "1234567812345678123456781234567812345678x"}) {
    EXPECT_FALSE(Datapoint::Decode(damaged)) << damaged;
  }
}

}  // namespace
}  // namespace sagebrush::telemetry
