#include "identity/condition_keys.h"

#include <set>

#include <gtest/gtest.h>

#include "identity/access_reference.h"
#include "identity/evaluation.h"
#include "identity/request_facts.h"

namespace sagebrush::identity {
namespace {

TEST(AccessReference, HoldsTheActionsThatAwsDocuments) {
  std::set<std::string_view> services;
  for (const auto& service : ReferenceServices()) {
    services.insert(service.prefix);
    EXPECT_TRUE(std::is_sorted(service.actions.begin(), service.actions.end(),
                               [](const auto& a, const auto& b) { return a.name < b.name; }));
  }
  EXPECT_EQ(services, (std::set<std::string_view>{"sagemaker", "s3", "iam", "sts", "logs", "cloudwatch", "events",
                                                  "cloudtrail", "kms", "secretsmanager", "ssm"}));
}

TEST(ConditionKeys, AbsentOnesSayWhyAndAreNotSet) {
  const auto set = IdentityKeys();
  for (const auto& [key, reason, until] : AbsentKeys()) {
    EXPECT_GT(reason.size(), 10u) << key;
    EXPECT_EQ(std::find(set.begin(), set.end(), key), set.end()) << key;
    EXPECT_TRUE(IsKnownKey(key)) << key;
  }
}

TEST(ConditionKeys, AreKnownWhenDocumentedOrOfAServiceThatIsNotHere) {
  for (const char* key :
       {"aws:sourceip", "aws:sourcevpce", "aws:requesttag/any", "aws:principaltag/a/b", "s3:prefix",
        "s3:existingobjecttag/x", "sagemaker:instancetypes", "sagemaker:resourcetag/x", "iam:permissionsboundary",
        "sts:externalid", "kms:encryptioncontext:any:x/y", "kms:viaservice", "ec2:region", "saml:aud", "a:k"}) {
    EXPECT_TRUE(IsKnownKey(key)) << key;
  }
  for (const char* key : {"aws:somethingnew", "aws:requesttag", "sagemaker:instancetype", "s3:prefixes", "s3:prefix/x",
                          "iam:", "logs:x", "sts:x", "kms:encryptioncontext", "kms:via"}) {
    EXPECT_FALSE(IsKnownKey(key)) << key;
  }
}

// Every operator on a key that nobody knows, in each place where a policy can name one.
TEST(UnknownKeys, LetAStatementFailClosed) {
  for (const char* rest : {
           R"("Resource":"*","Condition":{"StringEquals":{"aws:New":"x"}})",
           R"("Resource":"*","Condition":{"StringNotEquals":{"aws:New":"x"}})",
           R"("Resource":"*","Condition":{"StringEqualsIfExists":{"aws:New":"x"}})",
           R"("Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:New":"x"}})",
           R"("Resource":"*","Condition":{"ForAnyValue:StringNotLike":{"aws:New":"x"}})",
           R"("Resource":"*","Condition":{"Null":{"aws:New":"true"}})",
           R"("Resource":"*","Condition":{"Null":{"aws:New":"false"}})",
           R"("Resource":"*","Condition":{"StringNotEquals":{"aws:username":"${aws:New}"}})",
           R"("Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::1:user/${aws:New}"}})",
           R"("Resource":"arn:aws:s3:::b/${aws:New}/*")",
           R"("NotResource":"arn:aws:s3:::b/${aws:New, 'k'}")",
       }) {
    const wire::Principal nobody;
    const JsonObject context;
    const PrincipalFacts facts(nobody, nullptr, context, {});
    const auto verdict = [&](const std::string& effect) {
      const auto policy = Policy::Parse(
          R"({"Version":"2012-10-17","Statement":{"Effect":")" + effect + R"(","Action":"*",)" + rest + "}}",
          PolicyType::kIdentity);
      PolicySet policies;
      policies.identity = {policy.get()};
      return Decide({"s3:GetObject", "arn:aws:s3:::b/k", {"1", "u", "u", ""}, facts}, policies).verdict;
    };
    EXPECT_EQ(verdict("Allow"), Verdict::kImplicitDeny) << rest;
    EXPECT_EQ(verdict("Deny"), Verdict::kExplicitDeny) << rest;
  }
}

TEST(UnknownKeys, CountOnlyForTheirOwnCondition) {
  const auto policy = Policy::Parse(
      R"({"Statement":{"Effect":"Deny","Action":"*","Resource":"*",
          "Condition":{"StringEquals":{"aws:New":"x","a:k":"y"}}}})",
      PolicyType::kIdentity);
  ASSERT_EQ(policy->statements()[0].conditions.size(), 1u);
  EXPECT_EQ(policy->statements()[0].conditions[0].key(), "a:k");
  EXPECT_EQ(policy->ConditionKeys(), (std::vector<std::string>{"aws:New", "a:k"}));
}

}  // namespace
}  // namespace sagebrush::identity
