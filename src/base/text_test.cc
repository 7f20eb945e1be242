#include "base/text.h"

#include <random>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"

namespace sagebrush {
namespace {

using namespace std::string_literals;

// Pieces that bytes of the world are made of: UTF-8 of each length, its borders, and all that is nearly UTF-8.
const std::vector<std::string> kPieces = {
    "a",
    "\n",
    "\t",
    "\x1b[31m",
    "\0"s,
    "\x7f",
    "\xc2\x80",
    "\xc2\xa0",
    "\u00e9",
    "\u3042",
    "\U0001f600",
    "\xf4\x8f\xbf\xbf",
    "\xf4\x90\x80\x80",
    "\xc0\x80",
    "\xe0\x80\x80",
    "\xed\xa0\x80",
    "\xed\x9f\xbf",
    "\xe9",
    "\x80",
    "\xff\xfe",
    "1\0,\0"s,
    "\xe3\x81",
    "\xf0\x9f\x98",
    "\x1f\x8b\x08",
};

std::string RandomBytes(std::mt19937& random) {
  std::string bytes;
  for (std::size_t i = random() % 12; i > 0; --i) {
    bytes += random() % 4 == 0 ? std::string(1, static_cast<char>(random())) : kPieces[random() % kPieces.size()];
  }
  return bytes;
}

// An independent reader: Boost.JSON's parser refuses what is not UTF-8.
bool BoostTakes(std::string_view text) {
  boost::json::error_code error;
  std::string quoted = "\"";
  for (const char c : text) quoted += static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' ? '.' : c;
  boost::json::parse(quoted + "\"", error);
  return !error;
}

TEST(Text, IsUtf8AgreesWithAnotherReader) {
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const std::string bytes = RandomBytes(random);
    ASSERT_EQ(IsUtf8(bytes), BoostTakes(bytes)) << testing::PrintToString(bytes);
  }
}

TEST(Text, LegibleIsUtf8WithoutControlCharactersWhateverTheBytes) {
  std::mt19937 random(2);
  for (int i = 0; i < 20'000; ++i) {
    const std::string bytes = RandomBytes(random);
    const std::string line = LegibleLine(bytes);
    ASSERT_TRUE(IsUtf8(Legible(bytes))) << testing::PrintToString(bytes);
    ASSERT_TRUE(IsUtf8(line)) << testing::PrintToString(bytes);
    for (const char c : line) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\t') << line;
    ASSERT_EQ(Legible(Legible(bytes)), Legible(bytes));
  }
}

TEST(Text, LegibleShowsOddBytesAndLeavesTheRest) {
  EXPECT_EQ(Legible("caf\u00e9 \u3042\tb\r\n\x1b[1m"), "caf\u00e9 \u3042\tb\r\n\x1b[1m");
  EXPECT_EQ(Legible("caf\xe9"), "caf\\xe9");
  EXPECT_EQ(Legible("1\0,\0"s), "1\\x00,\\x00");
  EXPECT_EQ(Legible("\xe3\x81"), "\\xe3\\x81");
  EXPECT_EQ(Legible("\xc2\x85\x7f"), "\\u0085\\x7f");
  EXPECT_EQ(LegibleLine("a\nb\r\x1b[2J\tc"), "a\\nb\\r\\x1b[2J\tc");
}

TEST(Text, ReplacesOddBytesAndNothingElse) {
  EXPECT_EQ(ReplaceOddBytes("{\"a\":\"\\u0000caf\xe9 \u00e9\xe3\x81\"}"),
            "{\"a\":\"\\u0000caf\ufffd \u00e9\ufffd\ufffd\"}");
}

TEST(Text, CutsBetweenCharacters) {
  const std::string text = "a\u00e9\u3042\U0001f600z";  // 1, 2, 3, 4 and 1 bytes.
  const std::vector<std::size_t> sizes = {0, 1, 3, 6, 10, 11, 11};
  for (std::size_t i = 0; i < sizes.size(); ++i) EXPECT_EQ(FirstCharacters(text, i).size(), sizes[i]) << i;
  for (std::size_t bytes = 0; bytes <= 12; ++bytes) {
    const std::string_view cut = FirstBytes(text, bytes);
    EXPECT_TRUE(IsUtf8(cut)) << bytes;
    EXPECT_TRUE(cut.size() <= bytes && cut.size() + 4 > std::min(bytes, text.size())) << bytes;
  }
  EXPECT_EQ(FirstBytes("\x80\x80\x80\x80\x80\x80", 4).size(), 4u);  // No characters: nothing to keep whole.
}

TEST(Text, CutsWhatIsUtf8IntoUtf8) {
  std::mt19937 random(3);
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = Legible(RandomBytes(random));
    const std::size_t max = random() % 20;
    ASSERT_TRUE(IsUtf8(FirstCharacters(text, max)) && IsUtf8(FirstBytes(text, max))) << text << " at " << max;
    ASSERT_LE(FirstBytes(text, max).size(), max);
  }
}

TEST(Text, ErrorsAndDocumentsAreTextWhateverWentIntoThem) {
  EXPECT_STREQ(Error(kValidation, "row 'a\0\xff' of \u00e9"s).what(), "row 'a\\x00\\xff' of \u00e9");
  EXPECT_EQ(ToText(JsonObject{{"a\xff", "b\xe9\0 \u00e9"s}}), "{\"a\\\\xff\":\"b\\\\xe9\\\\x00 \u00e9\"}");
  EXPECT_EQ(ToText(JsonObject{{"a", "NUL \0"s}}), "{\"a\":\"NUL \\u0000\"}");  // UTF-8 passes as it is.
}

TEST(Lower, ChangesLettersOfAsciiOnly) {
  EXPECT_EQ(Lower("Ab-Z[@`{\xc3\x84\xff"), "ab-z[@`{\xc3\x84\xff");
  EXPECT_EQ(Lower(""), "");
}

TEST(EqualsIgnoringCase, ComparesAllOfBoth) {
  EXPECT_TRUE(EqualsIgnoringCase("Content-TYPE", "content-type"));
  EXPECT_FALSE(EqualsIgnoringCase("Content-Typ", "content-type"));
  EXPECT_FALSE(EqualsIgnoringCase("content-types", "content-type"));
  EXPECT_FALSE(EqualsIgnoringCase("\xc4", "\xe4"));
}

TEST(Trim, TakesBlanksFromBothEndsOnly) {
  EXPECT_EQ(Trim(" \ta b\r\n"), "a b");
  EXPECT_EQ(Trim(" \t"), "");
  EXPECT_EQ(Trim(""), "");
  EXPECT_EQ(Trim("\n a", " "), "\n a");
}

}  // namespace
}  // namespace sagebrush
