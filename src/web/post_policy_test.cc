#include "web/post_policy.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::web {
namespace {

const Time kNow = ParseTime("2026-01-01T12:00:00Z");

std::string Outcome(std::string_view conditions, const FormFields& fields,
                    std::string_view expiration = "2026-01-01T12:00:01.000Z") {
  try {
    CheckPostPolicy(fmt::format(R"({{"expiration":"{}","conditions":{}}})", expiration, conditions), fields, "b", kNow);
    return "";
  } catch (const Error& error) {
    return std::string(error.kind().code);
  }
}

TEST(PostPolicy, HoldsEachKindOfCondition) {
  const FormFields fields{{"key", "user/a"}, {"acl", "private"}};
  EXPECT_EQ(Outcome(R"([{"bucket":"b"},["starts-with","$key","user/"],{"ACL":"private"}])", fields), "");
  EXPECT_EQ(Outcome(R"([["eq","$bucket","b"],["eq","$Key","user/a"],["eq","$acl","private"]])", fields), "");
  EXPECT_EQ(Outcome(R"([["starts-with","$key",""],["starts-with","$acl",""]])", fields), "");
  EXPECT_EQ(Outcome(R"([{"bucket":"c"},["starts-with","$key",""],{"acl":"private"}])", fields), "AccessDenied");
  EXPECT_EQ(Outcome(R"([["starts-with","$key","other/"],{"acl":"private"}])", fields), "AccessDenied");
  EXPECT_EQ(Outcome(R"([["starts-with","$key",""],{"acl":"public-read"}])", fields), "AccessDenied");
  EXPECT_EQ(Outcome(R"([["starts-with","$key",""],{"acl":"private"},{"x-amz-meta-a":"1"}])", fields), "AccessDenied");
  EXPECT_EQ(Outcome(R"([["starts-with","$key",""],{"acl":"private"},["starts-with","$x-amz-meta-a",""]])", fields),
            "AccessDenied");
}

TEST(PostPolicy, EveryFieldNeedsACondition) {
  EXPECT_EQ(Outcome(R"([["starts-with","$key",""]])", {{"key", "k"}, {"acl", "private"}}), "AccessDenied");
  EXPECT_EQ(Outcome(R"([["starts-with","$key",""]])", {{"key", "k"},
                                                       {"policy", "p"},
                                                       {"x-amz-signature", "s"},
                                                       {"awsaccesskeyid", "a"},
                                                       {"signature", "s"},
                                                       {"x-ignore-this", "1"}}),
            "");
  EXPECT_EQ(Outcome("[]", {{"x-amz-credential", "c"}}), "AccessDenied");
}

TEST(PostPolicy, EndsInTime) {
  EXPECT_EQ(Outcome("[]", {}, "2026-01-01T12:00:00Z"), "AccessDenied");
  EXPECT_EQ(Outcome("[]", {}, "soon"), "InvalidPolicyDocument");
  EXPECT_EQ(Outcome("[]", {}, ""), "InvalidPolicyDocument");
}

TEST(PostPolicy, SaysHowLargeTheFileMayBe) {
  const auto sizes = [](std::string_view conditions) {
    const FileSizes found = CheckPostPolicy(
        fmt::format(R"({{"expiration":"2027-01-01T00:00:00Z","conditions":{}}})", conditions), {}, "b", kNow);
    return std::pair(found.min, found.max);
  };
  EXPECT_EQ(sizes(R"([["content-length-range",1,"20"]])"), std::pair(std::uint64_t{1}, std::uint64_t{20}));
  EXPECT_EQ(sizes(R"([["content-length-range",1,20],["Content-Length-Range",0,10]])"),
            std::pair(std::uint64_t{1}, std::uint64_t{10}));
  EXPECT_EQ(sizes("[]"), std::pair(std::uint64_t{0}, std::uint64_t{5} << 30));
}

TEST(PostPolicy, RefusesWhatIsNone) {
  for (const char* conditions :
       {"{}", "null", R"(["a"])", R"([["eq","$key"]])", R"([["eq","key","k"]])", R"([["like","$key","k"]])",
        R"([{"key":1}])", R"([["content-length-range",-1,2]])", R"([["content-length-range","x",2]])",
        R"([["content-length-range",1e3,2]])", R"([[1,2,3]])"}) {
    EXPECT_EQ(Outcome(conditions, {}), "InvalidPolicyDocument") << conditions;
  }
  EXPECT_THROW(CheckPostPolicy("[]", {}, "b", kNow), Error);
  EXPECT_THROW(CheckPostPolicy("{", {}, "b", kNow), Error);
}

}  // namespace
}  // namespace sagebrush::web
