#include "objects/cors.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::objects {
namespace {

Json Rules(std::string_view rules) { return ParseJson(fmt::format(R"({{"CORSRules":{}}})", rules)); }

std::string Allowed(const Json& configuration, const CrossOriginRequest& request, std::string_view header) {
  const auto headers = AllowOrigin(configuration, request);
  if (!headers) return "refused";
  for (const auto& [name, value] : *headers) {
    if (name == header) return value;
  }
  return "";
}

constexpr std::string_view kOrigin = "access-control-allow-origin";

TEST(Cors, OriginsFitByOneWildcard) {
  const Json rules = Rules(R"([{"AllowedMethods":["GET"],"AllowedOrigins":["*suffix","start*end","prefix*"]},
                               {"AllowedMethods":["PUT"],"AllowedOrigins":["*.put"]}])");
  struct Case {
    std::string_view origin, method, answer;
  };
  for (const Case& row :
       {Case{"foo.suffix", "GET", "foo.suffix"}, Case{"foo.bar", "GET", "refused"}, Case{"startend", "GET", "startend"},
        Case{"start1end", "GET", "start1end"}, Case{"0start12end", "GET", "refused"}, Case{"prefix", "GET", "prefix"},
        Case{"bla.prefix", "GET", "refused"}, Case{"foo.put", "GET", "refused"}, Case{"foo.put", "PUT", "foo.put"},
        Case{"sta", "GET", "refused"}}) {
    EXPECT_EQ(Allowed(rules, {row.origin, row.method}, kOrigin), row.answer) << row.origin;
  }
}

TEST(Cors, AnyOriginIsAnsweredWithoutCredentials) {
  const Json rules = Rules(R"([{"AllowedMethods":["GET","HEAD"],"AllowedOrigins":["*"],"MaxAgeSeconds":3,
                               "ExposeHeaders":["ETag","x-amz-id-2"]}])");
  EXPECT_EQ(Allowed(rules, {"https://a", "GET"}, kOrigin), "*");
  EXPECT_EQ(Allowed(rules, {"https://a", "GET"}, "access-control-allow-credentials"), "");
  EXPECT_EQ(Allowed(rules, {"https://a", "GET"}, "access-control-allow-methods"), "GET, HEAD");
  EXPECT_EQ(Allowed(rules, {"https://a", "GET"}, "access-control-expose-headers"), "ETag, x-amz-id-2");
  EXPECT_EQ(Allowed(rules, {"https://a", "GET"}, "access-control-max-age"), "3");
}

TEST(Cors, EveryHeaderThatIsAskedForMustBeAllowed) {
  const Json rules = Rules(R"([{"AllowedMethods":["PUT"],"AllowedOrigins":["https://a"],
                               "AllowedHeaders":["x-amz-*","Content-Type"]}])");
  EXPECT_EQ(Allowed(rules, {"https://a", "PUT", {"X-AMZ-date", "content-type"}}, kOrigin), "https://a");
  EXPECT_EQ(Allowed(rules, {"https://a", "PUT", {"x-amz-date", "authorization"}}, kOrigin), "refused");
  EXPECT_EQ(Allowed(rules, {"https://a", "PUT", {"x-amz-date"}}, "access-control-allow-headers"), "x-amz-date");
  EXPECT_EQ(Allowed(rules, {"https://a", "PUT", {}}, "access-control-allow-credentials"), "true");
}

TEST(Cors, RefusesRulesThatS3Refuses) {
  for (const char* rule : {R"({"AllowedMethods":["PATCH"],"AllowedOrigins":["*"]})",
                           R"({"AllowedMethods":["GET"],"AllowedOrigins":["*.*"]})",
                           R"({"AllowedMethods":["GET"],"AllowedOrigins":["*"],"AllowedHeaders":["**"]})",
                           R"({"AllowedMethods":["GET"],"AllowedOrigins":["*"],"ExposeHeaders":["x-*"]})"}) {
    EXPECT_THROW(CheckCors(Rules(fmt::format("[{}]", rule))), Error) << rule;
  }
  EXPECT_THROW(CheckCors(Rules("[]")), Error);
  EXPECT_NO_THROW(CheckCors(Rules(R"([{"AllowedMethods":["GET"],"AllowedOrigins":["https://*.b"]}])")));
}

}  // namespace
}  // namespace sagebrush::objects
