#include "objects/acl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "objects/grant_header.h"
#include "objects/public_access_block.h"

namespace sagebrush::objects {
namespace {

using testing::ElementsAre;

constexpr std::string_view kAllUsers = "http://acs.amazonaws.com/groups/global/AllUsers";
constexpr std::string_view kArn = "arn:aws:s3:::b/k";

Bucket WithAcls() { return {.name = "b", .account = "1"}; }  // Without ownership controls ACLs count.

std::string CodeOf(const auto& call) {
  try {
    call();
    return "";
  } catch (const Error& error) {
    return std::string(error.kind().code);
  }
}

TEST(GrantHeader, NamesSeveralWithAndWithoutQuotes) {
  EXPECT_THAT(
      ParseGrantHeader(R"(id="a, b" , URI=http://x,emailAddress="c@d")"),
      ElementsAre(HeaderGrantee{"id", "a, b"}, HeaderGrantee{"uri", "http://x"}, HeaderGrantee{"emailaddress", "c@d"}));
}

TEST(GrantHeader, RefusesWhatIsNotOfItsForm) {
  for (const char* header : {"", "id", "id=", "id=\"\"", "id=\"a", "id=\"a\" id=\"b\"", "=a", "id=a,", ",id=a"}) {
    EXPECT_EQ(CodeOf([&] { ParseGrantHeader(header); }), "InvalidArgument") << header;
  }
}

TEST(Acl, AllowsWhatItsPermissionsSay) {
  const Acl acl{{std::string(kAllUsers), "READ"}};
  Json policy;
  AddAcl(WithAcls(), AclOn::kObject, acl, "s3:GetObject", kArn, policy);
  ASSERT_EQ(policy.at("Statement").as_array().size(), 1u);
  EXPECT_EQ(policy.at("Statement").at(0).at("Principal").as_string(), "*");
  EXPECT_EQ(policy.at("Statement").at(0).at("Resource").as_string(), kArn);
  for (const char* action : {"s3:GetObjectAcl", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"}) {
    Json none;
    AddAcl(WithAcls(), AclOn::kObject, acl, action, kArn, none);
    EXPECT_TRUE(none.is_null()) << action;
  }
}

TEST(Acl, JoinsAPolicyThatHasOneStatementByItself) {
  Json policy = JsonObject{{"Version", "2012-10-17"}, {"Statement", JsonObject{{"Effect", "Deny"}}}};
  AddAcl(WithAcls(), AclOn::kObject, {{std::string(kAllUsers), "FULL_CONTROL"}}, "s3:GetObject", kArn, policy);
  ASSERT_EQ(policy.at("Statement").as_array().size(), 2u);
  EXPECT_EQ(policy.at("Statement").at(0).at("Effect").as_string(), "Deny");
}

TEST(Acl, CountsForNothingWhereTheOwnerIsEnforcedOrPublicOnesAreIgnored) {
  Bucket enforced = WithAcls(), ignoring = WithAcls();
  enforced.configurations.emplace(kOwnershipControls, OwnershipRule(kBucketOwnerEnforced));
  ignoring.configurations.emplace(kPublicAccessBlock, JsonObject{{"IgnorePublicAcls", true}});
  for (const Bucket& bucket : {enforced, ignoring}) {
    Json policy;
    AddAcl(bucket, AclOn::kObject, {{std::string(kAllUsers), "READ"}}, "s3:GetObject", kArn, policy);
    EXPECT_TRUE(policy.is_null());
  }
}

}  // namespace
}  // namespace sagebrush::objects
