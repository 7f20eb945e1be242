#include "serving/number_text.h"

#include <bit>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace sagebrush::serving {
namespace {

float Parsed(std::string_view text) {
  float value = -1;
  EXPECT_TRUE(ParseFeature(text, value)) << text;
  return value;
}

bool Refused(std::string_view text) {
  float value = 0;
  return !ParseFeature(text, value);
}

TEST(ParseFeature, ReadsWhatPythonsFloatReads) {
  EXPECT_EQ(Parsed("1"), 1.0F);
  EXPECT_EQ(Parsed(" -2.50\r"), -2.5F);
  EXPECT_EQ(Parsed("+3e2"), 300.0F);
  EXPECT_EQ(Parsed(".5"), 0.5F);
  EXPECT_EQ(Parsed("5."), 5.0F);
  EXPECT_EQ(Parsed("1e-60"), 0.0F);
  EXPECT_TRUE(std::isnan(Parsed("")));
  EXPECT_TRUE(std::isnan(Parsed("  ")));
  EXPECT_TRUE(std::isnan(Parsed("NaN")));
  EXPECT_TRUE(std::isnan(Parsed("-nan")));
}

TEST(ParseFeature, RefusesTextAndInfinities) {
  for (const char* text :
       {"a", "1x", "--1", "+-1", ".", "-", "1 2", "inf", "-Infinity", "1e60", "0x10", "1,5", "\"1\""}) {
    EXPECT_TRUE(Refused(text)) << text;
  }
}

TEST(ParseFeature, RoundsAsStrtodAndACastToFloat) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (!std::isfinite(value)) continue;
    const int digits = static_cast<int>(random() % 18);
    char text[128];
    std::snprintf(text, sizeof(text), i % 2 == 0 ? "%.*g" : "%.*f", digits, static_cast<double>(value));
    const auto expected = static_cast<float>(std::strtod(text, nullptr));
    if (!std::isfinite(expected)) continue;
    ASSERT_EQ(std::bit_cast<std::uint32_t>(Parsed(text)), std::bit_cast<std::uint32_t>(expected)) << text;
  }
}

TEST(ParseFeature, RoundsAsACastNextToTheMiddleOfTwoFloats) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> up_to_hundred(0, 100);
  for (int i = 0; i < 100'000; ++i) {
    const float low = up_to_hundred(random);
    const double middle = (static_cast<double>(low) + static_cast<double>(std::nextafter(low, INFINITY))) / 2;
    char text[128];
    std::snprintf(text, sizeof(text), "%.*f", static_cast<int>(14 + random() % 6), middle);
    const auto expected = static_cast<float>(std::strtod(text, nullptr));
    ASSERT_EQ(std::bit_cast<std::uint32_t>(Parsed(text)), std::bit_cast<std::uint32_t>(expected)) << text;
  }
}

TEST(ParseFeature, ReadsLongRunsOfDigits) {
  EXPECT_EQ(Parsed("000000000000000000000000000001.5"), 1.5F);
  EXPECT_EQ(Parsed("0.000000000000000000000000000015"), 1.5e-29F);
  EXPECT_EQ(Parsed("99999999999999999999999999999999"), 1e32F);
  EXPECT_EQ(Parsed("999999999999999999"), 1e18F);
  EXPECT_EQ(Parsed("-0"), 0.0F);
  EXPECT_TRUE(std::signbit(Parsed("-0")));
}

std::string Written(double value) {
  std::string text;
  AppendPythonFloat(value, text);
  return text;
}

// The expected texts are Python 3's repr(float(numpy.float32(x))).
TEST(AppendPythonFloat, WritesAsPythonsRepr) {
  EXPECT_EQ(Written(0.1F), "0.10000000149011612");
  EXPECT_EQ(Written(1.0), "1.0");
  EXPECT_EQ(Written(-0.0), "-0.0");
  EXPECT_EQ(Written(123456789.0F), "123456792.0");
  EXPECT_EQ(Written(0.0001), "0.0001");
  EXPECT_EQ(Written(0.00001), "1e-05");
  EXPECT_EQ(Written(1.5e-7), "1.5e-07");
  EXPECT_EQ(Written(1e15), "1000000000000000.0");
  EXPECT_EQ(Written(1e16), "1e+16");
  EXPECT_EQ(Written(1.25e30), "1.25e+30");
  EXPECT_EQ(Written(std::nan("")), "nan");
  EXPECT_EQ(Written(-INFINITY), "-inf");
}

}  // namespace
}  // namespace sagebrush::serving
