#include "keys/grant.h"

#include <gtest/gtest.h>

#include "keys/keys_world.h"

namespace sagebrush::keys {
namespace {

store::Resource GrantOf(Json spec) {
  store::Resource grant;
  grant.key = {kGrantKind, "1", "r", "key/id"};
  grant.spec = std::move(spec);
  return grant;
}

Json WithContext(Json context) { return {{"EncryptionContext", std::move(context)}}; }

TEST(Covers, ItsOperationsOnly) {
  const auto grant = GrantOf({{"Operations", JsonArray{"Decrypt", "ReEncryptFrom", "RetireGrant"}}});
  EXPECT_TRUE(Covers(grant, "kms:Decrypt", JsonObject()));
  EXPECT_TRUE(Covers(grant, "kms:ReEncryptFrom", JsonObject()));
  EXPECT_FALSE(Covers(grant, "kms:Encrypt", JsonObject()));
  EXPECT_FALSE(Covers(grant, "kms:RetireGrant", JsonObject()));  // Of itself only: RetireAccess.
}

TEST(Covers, TheContextThatItsConstraintsName) {
  const Json pair{{"a", "1"}};
  const auto equal =
      GrantOf({{"Operations", JsonArray{"Decrypt"}}, {"Constraints", JsonObject{{"EncryptionContextEquals", pair}}}});
  const auto subset =
      GrantOf({{"Operations", JsonArray{"Decrypt"}}, {"Constraints", JsonObject{{"EncryptionContextSubset", pair}}}});
  const Json more{{"a", "1"}, {"b", "2"}};
  const Json other_case{{"A", "1"}, {"a", "2"}};
  EXPECT_TRUE(Covers(equal, "kms:Decrypt", WithContext(pair)));
  EXPECT_FALSE(Covers(equal, "kms:Decrypt", WithContext(more)));
  EXPECT_FALSE(Covers(equal, "kms:Decrypt", JsonObject()));
  EXPECT_TRUE(Covers(subset, "kms:Decrypt", WithContext(pair)));
  EXPECT_TRUE(Covers(subset, "kms:Decrypt", WithContext(more)));
  EXPECT_FALSE(Covers(subset, "kms:Decrypt", WithContext({{"a", "2"}})));
  EXPECT_FALSE(Covers(subset, "kms:Decrypt", WithContext(other_case)));
  EXPECT_FALSE(Covers(subset, "kms:Decrypt", JsonObject()));
}

// API_CreateGrant: what a grantee gives on may not go further than what it has.
TEST(Covers, AGrantThatGoesNoFurtherThanItself) {
  const auto limited = [](const char* type, Json context) { return JsonObject{{type, std::move(context)}}; };
  const auto grant = GrantOf({{"Operations", JsonArray{"Decrypt", "CreateGrant"}},
                              {"Constraints", limited("EncryptionContextSubset", {{"a", "1"}})}});
  const auto may = [&](JsonArray operations, Json constraints) {
    return Covers(grant, "kms:CreateGrant", {{"Operations", operations}, {"Constraints", constraints}});
  };
  EXPECT_TRUE(may({"Decrypt"}, limited("EncryptionContextSubset", {{"a", "1"}})));
  EXPECT_TRUE(may({"Decrypt"}, limited("EncryptionContextSubset", {{"a", "1"}, {"b", "2"}})));
  EXPECT_TRUE(may({"Decrypt"}, limited("EncryptionContextEquals", {{"a", "1"}, {"b", "2"}})));
  EXPECT_FALSE(may({"Decrypt", "Encrypt"}, limited("EncryptionContextSubset", {{"a", "1"}})));
  EXPECT_FALSE(may({"Decrypt"}, limited("EncryptionContextSubset", {{"b", "2"}})));
  EXPECT_FALSE(may({"Decrypt"}, limited("EncryptionContextEquals", {{"b", "2"}})));
  EXPECT_FALSE(may({"Decrypt"}, JsonObject()));
  EXPECT_FALSE(Covers(grant, "kms:CreateGrant", {{"Operations", JsonArray{"Decrypt"}}}));
}

class GrantsTest : public testing::Test {
 protected:
  Json Grant(JsonArray operations, Json more = JsonObject()) {
    JsonObject input{{"KeyId", key_}, {"GranteePrincipal", user_.arn}, {"Operations", std::move(operations)}};
    for (const auto& [member, value] : more.as_object()) input[member] = value;
    return world_.Kms("CreateGrant", std::move(input));
  }
  std::string Decrypting() {
    return world_.Code([&] {
      world_.As(user_, "Decrypt", {{"CiphertextBlob", blob_}, {"EncryptionContext", JsonObject{{"a", "1"}}}});
    });
  }

  KeysWorld world_;
  const std::string key_ = world_.NewKey();
  const std::string blob_ = world_.Encrypt(key_, "text", {{"a", "1"}});
  const wire::Principal user_ = world_.NewUser("user");
};

TEST_F(GrantsTest, AGrantCountsFromItsMakingToItsEnd) {
  EXPECT_EQ(Decrypting(), "AccessDeniedException");
  const Json grant = Grant({"Decrypt"});
  EXPECT_EQ(Decrypting(), "");
  EXPECT_EQ(world_.Code([&] { world_.As(user_, "Encrypt", {{"KeyId", key_}, {"Plaintext", "x"}}); }),
            "AccessDeniedException");
  world_.Kms("RevokeGrant", {{"KeyId", key_}, {"GrantId", GetString(grant, "GrantId")}});
  EXPECT_EQ(Decrypting(), "AccessDeniedException");
}

TEST_F(GrantsTest, AnotherContextThanItsConstraintIsDenied) {
  Grant({"Decrypt"}, {{"Constraints", JsonObject{{"EncryptionContextEquals", JsonObject{{"a", "2"}}}}}});
  EXPECT_EQ(Decrypting(), "AccessDeniedException");
}

TEST_F(GrantsTest, ADenyOfTheKeysPolicyStands) {
  Grant({"Decrypt"});
  world_.Kms("PutKeyPolicy", {{"KeyId", key_}, {"Policy", R"({"Version":"2012-10-17","Statement":[
                  {"Effect":"Allow","Action":"kms:*","Resource":"*","Principal":{"AWS":"123456789012"}},
                  {"Effect":"Deny","Action":"kms:Decrypt","Resource":"*","Principal":"*"}]})"}});
  EXPECT_EQ(Decrypting(), "AccessDeniedException");
}

TEST_F(GrantsTest, ANamedOneIsMadeOnce) {
  const Json first = Grant({"Decrypt"}, {{"Name", "n"}});
  EXPECT_EQ(GetString(Grant({"Decrypt"}, {{"Name", "n"}}), "GrantId"), GetString(first, "GrantId"));
  EXPECT_NE(GetString(Grant({"Encrypt"}, {{"Name", "n"}}), "GrantId"), GetString(first, "GrantId"));
  EXPECT_NE(GetString(Grant({"Decrypt"}), "GrantId"), GetString(Grant({"Decrypt"}), "GrantId"));
  EXPECT_EQ(world_.Kms("ListGrants", {{"KeyId", key_}}).at("Grants").as_array().size(), 4u);
}

TEST_F(GrantsTest, WhoIsNamedForItMayRetireIt) {
  const wire::Principal retiring = world_.NewUser("retiring");
  const Json grant = Grant({"Decrypt"}, {{"RetiringPrincipal", retiring.arn}});
  const Json request{{"GrantToken", GetString(grant, "GrantToken")}};
  EXPECT_EQ(world_.Code([&] { world_.As(user_, "RetireGrant", request); }), "AccessDeniedException");
  EXPECT_EQ(world_.Kms("ListRetirableGrants", {{"RetiringPrincipal", retiring.arn}}).at("Grants").as_array().size(),
            1u);
  EXPECT_EQ(world_.Code([&] { world_.As(retiring, "RetireGrant", request); }), "");
  EXPECT_EQ(Decrypting(), "AccessDeniedException");
}

TEST_F(GrantsTest, AGranteeRetiresItsOwnOneOnly) {
  const Json own = Grant({"Decrypt", "RetireGrant"});
  const Json other = Grant({"Decrypt"});
  EXPECT_EQ(world_.Code([&] { world_.As(user_, "RetireGrant", {{"GrantToken", GetString(other, "GrantToken")}}); }),
            "AccessDeniedException");
  EXPECT_EQ(world_.Code([&] { world_.As(user_, "RetireGrant", {{"GrantToken", GetString(own, "GrantToken")}}); }), "");
}

TEST_F(GrantsTest, AnotherUserOfTheNameGetsNothing) {
  const auto iam = [&](const char* operation) { world_.Call("iam", operation, {{"UserName", "user"}}); };
  Grant({"Decrypt"});
  iam("DeleteUser");
  iam("CreateUser");
  EXPECT_EQ(Decrypting(), "AccessDeniedException");
}

TEST_F(GrantsTest, WhatIsNoTokenOrPrincipalIsRefused) {
  EXPECT_EQ(world_.Refusal("RetireGrant", {{"GrantToken", "made-up"}}), "InvalidGrantTokenException");
  EXPECT_EQ(world_.Refusal("Encrypt", {{"KeyId", key_}, {"Plaintext", "x"}, {"GrantTokens", JsonArray{"made-up"}}}),
            "InvalidGrantTokenException");
  for (const char* principal :
       {"arn:aws:iam::123456789012:user/nobody", "arn:aws:s3:::bucket", "user", "123456789012"}) {
    EXPECT_EQ(world_.Refusal("CreateGrant",
                             {{"KeyId", key_}, {"GranteePrincipal", principal}, {"Operations", JsonArray{"Decrypt"}}}),
              "InvalidArnException")
        << principal;
  }
}

TEST_F(GrantsTest, ItGoesWithItsKey) {
  Grant({"Decrypt"});
  world_.Kms("ScheduleKeyDeletion", {{"KeyId", key_}, {"PendingWindowInDays", 7}});
  world_.clock().Advance(std::chrono::hours(24 * 7));
  world_.Reconcile();
  EXPECT_TRUE(world_.store().All(kGrantKind).empty());
}

}  // namespace
}  // namespace sagebrush::keys
