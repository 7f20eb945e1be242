#include "telemetry/statistic.h"

#include <gtest/gtest.h>

namespace sagebrush::telemetry {
namespace {

TEST(Statistic, TellsWhatItIsNamedAfter) {
  Datapoint values(1);
  values.Add(3, 3);
  const auto of = [&](const char* name) { return Statistic::Parse(name)->Of(values); };
  EXPECT_EQ(of("SampleCount"), 4);
  EXPECT_EQ(of("Average"), 2.5);
  EXPECT_EQ(of("Sum"), 10);
  EXPECT_EQ(of("Minimum"), 1);
  EXPECT_EQ(of("Maximum"), 3);
  EXPECT_EQ(of("p25"), 1);
  EXPECT_EQ(of("p25.1"), 3);
}

TEST(Statistic, OfNothingIsNothing) {
  for (const char* name : {"SampleCount", "Average", "Minimum", "p50"}) {
    EXPECT_EQ(Statistic::Parse(name)->Of(Datapoint()), std::nullopt) << name;
  }
}

TEST(Statistic, RefusesOtherNames) {
  for (const char* name : {"", "average", "p", "p-1", "p101", "p1e1", "p5x", "tm90", "p 5", "p.5", "pnan", "IQM"}) {
    EXPECT_FALSE(Statistic::Parse(name)) << name;
  }
}

}  // namespace
}  // namespace sagebrush::telemetry
