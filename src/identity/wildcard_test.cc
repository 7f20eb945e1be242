#include "identity/wildcard.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace sagebrush::identity {
namespace {

class MapVariables : public Variables {
 public:
  std::map<std::string, std::string, std::less<>> values;
  std::optional<std::string> Value(std::string_view name) const override {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  }
};

bool Matches(std::string_view pattern, std::string_view text, const MapVariables& variables = {}) {
  return Pattern(pattern, true).Matches(text, variables);
}

// The definition of matching, without any thought of speed.
bool Model(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') return Model(pattern.substr(1), text) || (!text.empty() && Model(pattern, text.substr(1)));
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) && Model(pattern.substr(1), text.substr(1));
}

TEST(Wildcards, AgreeWithTheirDefinitionOnRandomTexts) {
  std::mt19937 random(20261121);
  const auto text = [&random](std::string_view alphabet, unsigned length_max) {
    std::string out;
    for (unsigned i = random() % (length_max + 1); i > 0; --i) out += alphabet[random() % alphabet.size()];
    return out;
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::string pattern = text("ab*?", 7);
    const std::string subject = text("ab", 9);
    EXPECT_EQ(Matches(pattern, subject), Model(pattern, subject)) << pattern << " " << subject;
  }
}

TEST(Wildcards, TakeNoLongOnManyStars) {
  const std::string text(10'000, 'a');
  EXPECT_FALSE(Matches("*a*a*a*a*a*a*a*a*a*a*b", text));
}

TEST(Variables, AreFilledInAndNeverActAsWildcards) {
  MapVariables variables;
  variables.values["aws:username"] = "j*";
  EXPECT_TRUE(Matches("home/${aws:UserName}/*", "home/j*/x", variables));
  EXPECT_FALSE(Matches("home/${aws:username}/*", "home/joe/x", variables));
  EXPECT_FALSE(Matches("home/${aws:userid}/*", "home//x", variables));
  EXPECT_TRUE(Matches("home/${aws:userid, 'none'}", "home/none", variables));
  EXPECT_TRUE(Matches("${*}${?}${$}", "*?$"));
  EXPECT_FALSE(Matches("${*}", "x"));
  variables.values["aws:username"] = std::string(1, kAnyText);
  EXPECT_FALSE(Matches("home/${aws:username}", "home/x", variables));
}

TEST(ArnPattern, MatchesPartByPart) {
  const auto matches = [](std::string_view pattern, std::string_view arn) {
    return ArnPattern(pattern, true).Matches(ResourceName(arn), MapVariables());
  };
  EXPECT_TRUE(matches("*", "arn:aws:s3:::b/k"));
  EXPECT_TRUE(matches("*", "*"));
  EXPECT_TRUE(matches("arn:aws:s3:::*sagemaker*", "arn:aws:s3:::my-sagemaker-b/k:1"));
  EXPECT_FALSE(matches("arn:aws:s3:::*sagemaker*", "arn:aws:s3:::b/k"));
  EXPECT_TRUE(matches("arn:aws:iam::*:role/*", "arn:aws:iam::123456789012:role/x"));
  EXPECT_FALSE(matches("arn:aws:iam::*:role/x", "arn:aws:iam::1:user/a:role/x"));
  EXPECT_TRUE(matches("arn:aws:sqs", "arn:aws:sqs:us-east-1:1:q"));
  EXPECT_FALSE(matches("arn:aws:sqs", "*"));
}

}  // namespace
}  // namespace sagebrush::identity
