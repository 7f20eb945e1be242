#include "algorithms/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sagebrush::algorithms {
namespace {

// Vigna's SplitMix64 (prng.di.unimi.it/splitmix64.c): its first numbers for the seed 1234567.
TEST(Random, GivesTheSequenceOfSplitMix64) {
  Random random(1234567);
  EXPECT_EQ(random.Next(), 6457827717110365317u);
  EXPECT_EQ(random.Next(), 3203168211198807973u);
  EXPECT_EQ(random.Next(), 9817491932198370423u);
}

TEST(Random, ChoosesByShare) {
  Random random(1);
  const std::vector<double> shares{0, 1, 0, 3, 0};
  int counts[5] = {};
  for (int i = 0; i < 4000; ++i) ++counts[random.ByShare(shares)];
  EXPECT_EQ(counts[0] + counts[2] + counts[4], 0);
  EXPECT_NEAR(counts[1], 1000, 120);
  const std::vector<double> none(4, 0.0);
  for (int i = 0; i < 100; ++i) EXPECT_LT(random.ByShare(none), 4u);
}

TEST(Random, StaysBelowOne) {
  Random random(2);
  for (int i = 0; i < 1000; ++i) {
    const double value = random.Uniform();
    EXPECT_TRUE(value >= 0 && value < 1);
  }
}

}  // namespace
}  // namespace sagebrush::algorithms
