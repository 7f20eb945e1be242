#include "base/encoding.h"

#include <gtest/gtest.h>

namespace sagebrush {
namespace {

TEST(Base64, MatchesRfc4648Vectors) {
  EXPECT_EQ(ToBase64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(ToBase64("foob"), "Zm9vYg==");
  std::string out;
  EXPECT_TRUE(FromBase64("Zm9vYmE=", out));
  EXPECT_EQ(out, "fooba");
  EXPECT_FALSE(FromBase64("Zm9vYmE", out));
  EXPECT_FALSE(FromBase64("Zm9*YmE=", out));
}

TEST(UriEncoding, KeepsUnreservedCharactersOnly) {
  EXPECT_EQ(UriEncode("a b/c+d~é"), "a%20b%2Fc%2Bd~%C3%A9");
  EXPECT_EQ(UriEncode("a/b", true), "a/b");
  EXPECT_EQ(UriDecode("a%20b%2", false), "a b%2");
  EXPECT_EQ(UriDecode("a+b%41", true), "a bA");
}

TEST(Replaced, ReplacesEachOccurrenceAndNotWhatItPutIn) {
  EXPECT_EQ(Replaced("{a}-{a}", "{a}", "{a}{a}"), "{a}{a}-{a}{a}");
  EXPECT_EQ(Replaced("none", "{a}", "x"), "none");
}

}  // namespace
}  // namespace sagebrush
