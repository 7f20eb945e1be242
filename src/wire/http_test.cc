#include "wire/http.h"

#include <gmock/gmock.h>

namespace sagebrush::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(Headers, AreFoundByLowerCaseNameHoweverTheyCame) {
  Headers headers;
  headers.Add("Content-Type", "a");
  headers.Add("X-Two", "1");
  headers.Add("x-two", "2");
  EXPECT_EQ(headers.Get("content-type"), "a");
  EXPECT_EQ(headers.Get("missing"), std::nullopt);
  headers.Set("X-Two", "3");
  EXPECT_EQ(headers.size(), 2u);
  EXPECT_EQ(headers.GetOr("x-two", ""), "3");
}

TEST(HttpRequest, SplitsItsTarget) {
  HttpRequest request;
  request.target = "/a%20b?x=1?2";
  EXPECT_EQ(request.Path(), "/a%20b");
  EXPECT_EQ(request.QueryString(), "x=1?2");
  request.target = "/";
  EXPECT_EQ(request.QueryString(), "");
}

TEST(ParseQuery, DecodesNamesAndValues) {
  EXPECT_THAT(ParseQuery("a=1&b&&c=%41+x=y&", false), ElementsAre(Pair("a", "1"), Pair("b", ""), Pair("c", "A+x=y")));
  EXPECT_THAT(ParseQuery("c=1+2", true), ElementsAre(Pair("c", "1 2")));
}

}  // namespace
}  // namespace sagebrush::wire
