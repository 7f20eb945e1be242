#include "base/json.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <random>

#include "base/error.h"

namespace sagebrush {
namespace {

TEST(Json, ReadsAndWritesDoublesExactly) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 100'000; ++i) {
    const double value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    EXPECT_EQ(ParseJson(ToText(Json(value))).to_number<double>(), value);
  }
}

TEST(Json, KeepsANegativeZero) { EXPECT_EQ(ToText(ParseJson(ToText(ParseJson("[-0E20]")))), "[-0.0]"); }

TEST(Json, ReadsSeventeenDigitDecimalsExactly) {
  EXPECT_EQ(ParseJson("[0.50385000000000002]").as_array()[0].as_double(), 0.50385000000000002);
  EXPECT_EQ(ParseJson("8.41e-321").as_double(), 8.41e-321);
}

TEST(Json, RefusesMalformedTextAndNamesThePlace) {
  for (const char* text : {"", "{", "[1,]", "{\"a\":1}x", "\"\\ud800\"", "1e999", "nul"}) {
    EXPECT_THROW(ParseJson(text), Error) << text;
  }
  EXPECT_THROW(ParseJson(std::string(100, '[')), Error);
}

TEST(Json, FindsMembersByPath) {
  const Json document = ParseJson(R"({"a":{"b":[1],"c":"x"}})");
  EXPECT_EQ(GetString(document, "a.c"), "x");
  EXPECT_EQ(Find(document, "a.b.c"), nullptr);
  EXPECT_EQ(GetInt(document, "a.z", 5), 5);
  EXPECT_THROW(GetInt(document, "a.c"), Error);
}

TEST(Json, ReadsBackEveryCharacterThatItWrites) {
  std::string all;
  for (char c = 0; c < 0x7f; ++c) all += c;
  for (const std::string& text : {all, all + all, std::string(), std::string("plain"), std::string(100, '\1')}) {
    const std::string written = ToText(Json(text));
    EXPECT_EQ(std::string_view(ParseJson(written).get_string()), text) << written;
  }
}

TEST(Json, EscapesControlCharacters) { EXPECT_EQ(ToText(Json("a\"\n\x01")), "\"a\\\"\\n\\u0001\""); }

}  // namespace
}  // namespace sagebrush
