#include "sagemaker/experiments/moments.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace sagebrush::sagemaker {
namespace {

Moments Of(const std::vector<double>& values) {
  Moments moments;
  for (std::size_t i = 0; i < values.size(); ++i) moments.Add(Time{static_cast<std::int64_t>(i)}, values[i]);
  return moments;
}

TEST(Moments, AreThoseOfAllValues) {
  const Moments moments = Of({2, 4, 4, 4, 5, 5, 7, 9});
  EXPECT_EQ(moments.count, 8);
  EXPECT_EQ(moments.min, 2);
  EXPECT_EQ(moments.max, 9);
  EXPECT_DOUBLE_EQ(moments.mean, 5);
  EXPECT_DOUBLE_EQ(moments.deviation, 2);
  EXPECT_EQ(moments.last, 9);
}

TEST(Moments, OfOneValueAreThatValue) {
  const Moments moments = Of({-3.5});
  EXPECT_EQ(moments.min, -3.5);
  EXPECT_EQ(moments.max, -3.5);
  EXPECT_EQ(moments.mean, -3.5);
  EXPECT_EQ(moments.deviation, 0);
}

TEST(Moments, TheLastIsTheLatestNotTheOneThatCameLast) {
  Moments moments;
  moments.Add(Time{10}, 1);
  moments.Add(Time{30}, 2);
  moments.Add(Time{20}, 3);
  EXPECT_EQ(moments.last, 2);
  moments.Add(Time{30}, 4);
  EXPECT_EQ(moments.last, 4);
  EXPECT_EQ(moments.time, Time{30});
}

// A sum of squares would find no deviation among these.
TEST(Moments, LargeValuesThatDifferLittleAreTold) {
  const Moments moments = Of({1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16});
  EXPECT_DOUBLE_EQ(moments.mean, 1e9 + 10);
  EXPECT_NEAR(moments.deviation, std::sqrt(22.5), 1e-6);
}

TEST(Moments, StayFinite) {
  constexpr double kMost = std::numeric_limits<double>::max();
  const Moments moments = Of({kMost, -kMost, kMost, -kMost});
  EXPECT_TRUE(std::isfinite(moments.mean));
  EXPECT_NEAR(moments.deviation / kMost, 1, 1e-12);
}

// As many as a long training makes: one step's rounding does not grow.
TEST(Moments, AMillionValuesAreAsExactAsAFew) {
  Moments moments;
  for (int i = 0; i < 1'000'000; ++i) moments.Add(Time{i}, i % 2 == 0 ? 0.1 : 0.3);
  EXPECT_NEAR(moments.mean, 0.2, 1e-12);
  EXPECT_NEAR(moments.deviation, 0.1, 1e-12);
}

}  // namespace
}  // namespace sagebrush::sagemaker
