#include "algorithms/data/decimal.h"

#include <gtest/gtest.h>

#include <cmath>

namespace sagebrush::algorithms {
namespace {

TEST(Decimal, IsTheNearestFloat) {
  EXPECT_EQ(ParseFloat("0.1"), 0.1f);
  EXPECT_EQ(ParseFloat("+3"), 3.0f);
  EXPECT_EQ(ParseFloat("-2.5e3"), -2500.0f);
}

TEST(Decimal, OutsideOfAFloatsRangeIsZeroOrInfinite) {
  EXPECT_EQ(ParseFloat("1e-60"), 0.0f);
  EXPECT_EQ(ParseFloat("1e-400"), 0.0f);
  EXPECT_EQ(ParseFloat("1e39"), INFINITY);
  EXPECT_EQ(ParseFloat("-1e400"), -INFINITY);
  EXPECT_EQ(ParseFloat("inf"), INFINITY);
  EXPECT_TRUE(std::isnan(ParseFloat("NaN").value()));
}

TEST(Decimal, IsAllOfTheText) {
  for (const char* text : {"", "+", "-", "1x", " 1", "1 ", "0x10", "+-1", "--1", "1e", "1,5"}) {
    EXPECT_EQ(ParseFloat(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace sagebrush::algorithms
