#include "objects/bucket_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::objects {
namespace {

TEST(BucketPolicyTest, IsPublicUnlessAConditionFixesWho) {
  const auto policy = [](const std::string& condition) {
    return ParseJson(R"({"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"s3:*","Resource":"*")" +
                     condition + "}}");
  };
  EXPECT_TRUE(IsPublicPolicy(policy("")));
  EXPECT_FALSE(IsPublicPolicy(policy(R"(,"Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}})")));
  EXPECT_TRUE(IsPublicPolicy(policy(R"(,"Condition":{"StringLike":{"aws:SourceAccount":"*"}})")));
}

TEST(BucketPolicyTest, IsPublicWhereAllButSomebodyAreLetIn) {
  const auto policy = [](const std::string& effect) {
    return ParseJson(R"({"Statement":[{"Effect":")" + effect +
                     R"(","NotPrincipal":{"AWS":"123456789012"},"Action":"s3:*","Resource":"*"}]})");
  };
  EXPECT_TRUE(IsPublicPolicy(policy("Allow")));
  EXPECT_FALSE(IsPublicPolicy(policy("Deny")));
}

TEST(BucketPolicyTest, RefusesWhatIsNoPolicyOfTheBucket) {
  const std::string statement =
      R"({"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"})";
  EXPECT_NO_THROW(CheckBucketPolicy("{\"Statement\":[" + statement + "]}", "b"));
  for (const std::string& text : std::vector<std::string>{
           "", "[]", "{", R"({"Version":5,"Statement":[]})", R"({"Statement":[5]})", R"({"Statement":{"Effect":7}})",
           R"({"Version":"2020-01-01","Statement":[)" + statement + "]}"}) {
    EXPECT_THAT(
        [&] { CheckBucketPolicy(text, "b"); },
        testing::Throws<Error>(testing::Property(&Error::kind, testing::Field(&ErrorKind::code, "MalformedPolicy"))))
        << text;
  }
  EXPECT_THROW(CheckBucketPolicy("{\"Statement\":[" + statement + "]}", "other"), Error);
}

}  // namespace
}  // namespace sagebrush::objects
