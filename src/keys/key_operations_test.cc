#include "keys/key_operations.h"

#include <gtest/gtest.h>

#include "keys/keys_world.h"

namespace sagebrush::keys {
namespace {

constexpr std::chrono::hours kDay{24};
constexpr const char* kMayAll = R"({"Effect":"Allow","Action":"kms:*","Resource":"*"})";

class KeyOperations : public testing::Test {
 protected:
  KeysWorld world_;
};

// A key whose policy names only `principal`, a member of Principal's AWS.
std::string KeyFor(KeysWorld& world, const std::string& principal) {
  return world.NewKey(
      {{"Policy", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*",)"
                  R"("Principal":{"AWS":")" +
                      principal + R"("}}})"},
       {"BypassPolicyLockoutSafetyCheck", true}});
}

TEST_F(KeyOperations, WhatIsEncryptedOpensWithItsKeyAndContextOnly) {
  const std::string key = world_.NewKey();
  const std::string blob = world_.Encrypt(key, "text", {{"a", "1"}});
  EXPECT_EQ(world_.Decrypt(blob, {{"a", "1"}}), "text");
  EXPECT_EQ(world_.Code([&] { world_.Decrypt(blob, {{"a", "2"}}); }), "InvalidCiphertextException");
  EXPECT_EQ(world_.Refusal(
                "Decrypt",
                {{"CiphertextBlob", blob}, {"EncryptionContext", JsonObject{{"a", "1"}}}, {"KeyId", world_.NewKey()}}),
            "IncorrectKeyException");
  EXPECT_EQ(world_.Refusal("Decrypt", {{"CiphertextBlob", "no ciphertext"}}), "InvalidCiphertextException");
}

TEST_F(KeyOperations, ADataKeyIsWhatItsCiphertextHolds) {
  const std::string key = world_.NewKey();
  const Json made = world_.Kms("GenerateDataKey", {{"KeyId", key}, {"KeySpec", "AES_256"}});
  EXPECT_EQ(GetString(made, "Plaintext").size(), 32u);
  EXPECT_EQ(world_.Decrypt(GetString(made, "CiphertextBlob")), GetString(made, "Plaintext"));
  const Json hidden = world_.Kms("GenerateDataKeyWithoutPlaintext", {{"KeyId", key}, {"NumberOfBytes", 7}});
  EXPECT_EQ(Find(hidden, "Plaintext"), nullptr);
  EXPECT_EQ(world_.Decrypt(GetString(hidden, "CiphertextBlob")).size(), 7u);
  EXPECT_EQ(world_.Refusal("GenerateDataKey", {{"KeyId", key}}), "ValidationException");
}

TEST_F(KeyOperations, ReEncryptMovesATextToAnotherKeyAndContext) {
  const std::string blob = world_.Encrypt(world_.NewKey(), "text", {{"a", "1"}});
  const Json moved = world_.Kms("ReEncrypt", {{"CiphertextBlob", blob},
                                              {"SourceEncryptionContext", JsonObject{{"a", "1"}}},
                                              {"DestinationKeyId", world_.NewKey()},
                                              {"DestinationEncryptionContext", JsonObject{{"b", "2"}}}});
  EXPECT_EQ(world_.Decrypt(GetString(moved, "CiphertextBlob"), {{"b", "2"}}), "text");
}

TEST_F(KeyOperations, ADisabledKeyClosesWhatItEncrypted) {
  const std::string key = world_.NewKey();
  const std::string blob = world_.Encrypt(key, "text");
  world_.Kms("DisableKey", {{"KeyId", key}});
  EXPECT_EQ(world_.Code([&] { world_.Decrypt(blob); }), "DisabledException");
  EXPECT_EQ(world_.Refusal("GenerateDataKey", {{"KeyId", key}, {"KeySpec", "AES_128"}}), "DisabledException");
  world_.Kms("EnableKey", {{"KeyId", key}});
  EXPECT_EQ(world_.Decrypt(blob), "text");
}

TEST_F(KeyOperations, AKeyIsDeletedWhenItsTimeHasCome) {
  const std::string key = world_.NewKey();
  world_.Kms("CreateAlias", {{"AliasName", "alias/gone"}, {"TargetKeyId", key}});
  const std::string blob = world_.Encrypt(key, "text");
  world_.Kms("ScheduleKeyDeletion", {{"KeyId", key}, {"PendingWindowInDays", 7}});
  EXPECT_EQ(world_.Code([&] { world_.Decrypt(blob); }), "KMSInvalidStateException");
  world_.clock().Advance(7 * kDay - Milliseconds(1));
  world_.Reconcile();
  EXPECT_EQ(GetString(world_.Kms("DescribeKey", {{"KeyId", key}}), "KeyMetadata.KeyState"), "PendingDeletion");
  world_.clock().Advance(Milliseconds(1));
  world_.Reconcile();
  EXPECT_EQ(world_.Refusal("DescribeKey", {{"KeyId", key}}), "NotFoundException");
  EXPECT_EQ(world_.Refusal("DescribeKey", {{"KeyId", "alias/gone"}}), "NotFoundException");
  EXPECT_EQ(world_.Code([&] { world_.Decrypt(blob); }), "AccessDeniedException");
}

TEST_F(KeyOperations, ADeletionThatIsCancelledLeavesTheKeyDisabled) {
  const std::string key = world_.NewKey();
  world_.Kms("ScheduleKeyDeletion", {{"KeyId", key}});
  world_.Kms("CancelKeyDeletion", {{"KeyId", key}});
  world_.clock().Advance(40 * kDay);
  world_.Reconcile();
  EXPECT_EQ(GetString(world_.Kms("DescribeKey", {{"KeyId", key}}), "KeyMetadata.KeyState"), "Disabled");
  EXPECT_EQ(world_.Refusal("CancelKeyDeletion", {{"KeyId", key}}), "KMSInvalidStateException");
}

TEST_F(KeyOperations, AnAliasNamesTheKeyThatItWasMovedTo) {
  const std::string first = world_.NewKey();
  const std::string second = world_.NewKey();
  world_.Kms("CreateAlias", {{"AliasName", "alias/a"}, {"TargetKeyId", first}});
  const std::string blob = world_.Encrypt("alias/a", "text");
  EXPECT_EQ(world_.Refusal("CreateAlias", {{"AliasName", "alias/a"}, {"TargetKeyId", second}}),
            "AlreadyExistsException");
  world_.Kms("UpdateAlias", {{"AliasName", "alias/a"}, {"TargetKeyId", second}});
  EXPECT_EQ(world_.Decrypt(blob), "text");
  EXPECT_EQ(world_.Refusal("Decrypt", {{"CiphertextBlob", blob}, {"KeyId", "alias/a"}}), "IncorrectKeyException");
  EXPECT_TRUE(world_.Kms("ListAliases", {{"KeyId", first}}).at("Aliases").as_array().empty());
  world_.Kms("DeleteAlias", {{"AliasName", "alias/a"}});
  EXPECT_EQ(world_.Refusal("Encrypt", {{"KeyId", "alias/a"}, {"Plaintext", "text"}}), "NotFoundException");
}

// docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
TEST_F(KeyOperations, AKeyWhosePolicyDoesNotNameTheAccountIgnoresItsPolicies) {
  const wire::Principal owner = world_.NewUser("owner");
  const wire::Principal other = world_.NewUser("other", kMayAll);
  const std::string key = KeyFor(world_, owner.arn);
  const Json request{{"KeyId", key}, {"Plaintext", "text"}};
  EXPECT_EQ(world_.Code([&] { world_.As(owner, "Encrypt", request); }), "");
  EXPECT_EQ(world_.Code([&] { world_.As(other, "Encrypt", request); }), "AccessDeniedException");
  EXPECT_EQ(world_.Refusal("Encrypt", request), "AccessDeniedException");  // Not even the root user.
}

TEST_F(KeyOperations, TheDefaultPolicyLeavesItToTheAccountsPolicies) {
  const std::string key = world_.NewKey();
  const Json request{{"KeyId", key}, {"Plaintext", "text"}};
  const wire::Principal none = world_.NewUser("none");
  const wire::Principal may = world_.NewUser("may", kMayAll);
  EXPECT_EQ(world_.Code([&] { world_.As(none, "Encrypt", request); }), "AccessDeniedException");
  EXPECT_EQ(world_.Code([&] { world_.As(may, "Encrypt", request); }), "");
}

TEST_F(KeyOperations, ConditionsSeeContextAliasAndService) {
  const std::string key = world_.NewKey();
  world_.Kms("CreateAlias", {{"AliasName", "alias/a"}, {"TargetKeyId", key}});
  const auto allows = [&](const std::string& condition, Json input, const std::string& via = "") {
    static int count = 0;
    wire::Principal user =
        world_.NewUser("u" + std::to_string(++count),
                       R"({"Effect":"Allow","Action":"kms:Encrypt","Resource":"*","Condition":)" + condition + "}");
    user.via_service = via;
    input.as_object()["Plaintext"] = "text";
    return world_.Code([&] { world_.As(user, "Encrypt", input); }).empty();
  };
  const Json with_context{{"KeyId", key}, {"EncryptionContext", JsonObject{{"Dept", "IT"}}}};
  EXPECT_TRUE(allows(R"({"StringEquals":{"kms:EncryptionContext:Dept":"IT"}})", with_context));
  EXPECT_FALSE(allows(R"({"StringEquals":{"kms:EncryptionContext:Dept":"HR"}})", with_context));
  EXPECT_TRUE(allows(R"({"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"Dept"}})", with_context));
  EXPECT_TRUE(allows(R"({"StringEquals":{"kms:RequestAlias":"alias/a"}})", {{"KeyId", "alias/a"}}));
  EXPECT_FALSE(allows(R"({"StringEquals":{"kms:RequestAlias":"alias/a"}})", {{"KeyId", key}}));
  EXPECT_TRUE(allows(R"({"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/a"}})", {{"KeyId", key}}));
  constexpr const char* kThroughS3 = R"({"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}})";
  EXPECT_TRUE(allows(kThroughS3, {{"KeyId", key}}, "s3.us-east-1.amazonaws.com"));
  EXPECT_FALSE(allows(kThroughS3, {{"KeyId", key}}));
  EXPECT_TRUE(allows(R"({"Bool":{"aws:ViaAWSService":"true"}})", {{"KeyId", key}}, "s3.us-east-1.amazonaws.com"));
}

// docs.aws.amazon.com/kms/latest/developerguide/concepts.html: AWS managed keys.
TEST_F(KeyOperations, AKeyOfAwsIsMadeOnFirstUseAndServesItsServiceOnly) {
  wire::Principal user = world_.NewUser("user");
  const Json request{{"KeyId", "alias/aws/s3"}, {"KeySpec", "AES_256"}};
  EXPECT_EQ(world_.Code([&] { world_.As(user, "GenerateDataKey", request); }), "AccessDeniedException");
  EXPECT_EQ(world_.Refusal("GenerateDataKey", request), "AccessDeniedException");
  EXPECT_TRUE(world_.store().All("kms-key").empty());  // Nobody makes one whom it would not serve.
  user.via_service = "secretsmanager.us-east-1.amazonaws.com";
  EXPECT_EQ(world_.Code([&] { world_.As(user, "GenerateDataKey", request); }), "AccessDeniedException");
  user.via_service = "s3.us-east-1.amazonaws.com";
  const Json first = world_.As(user, "GenerateDataKey", request);
  EXPECT_EQ(GetString(world_.As(user, "GenerateDataKey", request), "KeyId"), GetString(first, "KeyId"));
  const Json described = world_.Kms("DescribeKey", {{"KeyId", "alias/aws/s3"}});
  EXPECT_EQ(GetString(described, "KeyMetadata.Arn"), GetString(first, "KeyId"));
  EXPECT_EQ(GetString(described, "KeyMetadata.KeyManager"), "AWS");
  for (const char* operation : {"DisableKey", "ScheduleKeyDeletion"}) {
    EXPECT_EQ(world_.Refusal(operation, {{"KeyId", GetString(first, "KeyId")}}), "AccessDeniedException");
  }
}

TEST_F(KeyOperations, WhoeverMovesAnAliasNeedsTheRightToBothKeys) {
  const wire::Principal mover = world_.NewUser("mover", kMayAll);
  const std::string own = world_.NewKey();
  const std::string strangers = KeyFor(world_, world_.NewUser("stranger").arn);
  world_.Kms("CreateAlias", {{"AliasName", "alias/a"}, {"TargetKeyId", own}});
  EXPECT_EQ(
      world_.Code([&] { world_.As(mover, "UpdateAlias", {{"AliasName", "alias/a"}, {"TargetKeyId", strangers}}); }),
      "AccessDeniedException");
}

TEST_F(KeyOperations, APolicyThatLocksItsMakerOutNeedsToSayThatItIsMeant) {
  const std::string policy =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*",)"
      R"("Principal":{"AWS":"arn:aws:iam::123456789012:root"}}})";
  EXPECT_EQ(world_.Refusal("CreateKey", {{"Policy", policy}}), "MalformedPolicyDocumentException");
  EXPECT_EQ(world_.Refusal("CreateKey", {{"Policy", policy}, {"BypassPolicyLockoutSafetyCheck", true}}), "");
  EXPECT_EQ(world_.Refusal("CreateKey", {{"Policy", "{}"}}), "MalformedPolicyDocumentException");
}

TEST_F(KeyOperations, APolicyCanBeReplacedByThoseItNames) {
  const std::string key = world_.NewKey();
  const wire::Principal owner = world_.NewUser("owner");
  const std::string policy = R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*",)"
                             R"("Principal":{"AWS":")" +
                             owner.arn + R"("}}})";
  EXPECT_EQ(world_.Refusal("PutKeyPolicy", {{"KeyId", key}, {"Policy", policy}}), "MalformedPolicyDocumentException");
  world_.Kms("PutKeyPolicy", {{"KeyId", key}, {"Policy", policy}, {"BypassPolicyLockoutSafetyCheck", true}});
  EXPECT_EQ(world_.Refusal("GetKeyPolicy", {{"KeyId", key}}), "AccessDeniedException");
  EXPECT_EQ(GetString(world_.As(owner, "GetKeyPolicy", {{"KeyId", key}}), "Policy"), policy);
  world_.As(owner, "PutKeyPolicy", {{"KeyId", key}, {"Policy", policy}});
}

TEST_F(KeyOperations, TagsAreSetChangedAndTakenAway) {
  const std::string key = world_.NewKey({{"Tags", JsonArray{JsonObject{{"TagKey", "b"}, {"TagValue", "1"}}}}});
  world_.Kms("TagResource", {{"KeyId", key},
                             {"Tags", JsonArray{JsonObject{{"TagKey", "a"}, {"TagValue", "2"}},
                                                JsonObject{{"TagKey", "b"}, {"TagValue", "3"}}}}});
  const Json page = world_.Kms("ListResourceTags", {{"KeyId", key}, {"Limit", 1}});
  EXPECT_EQ(page.at("Tags").at(0).at("TagKey"), Json("a"));
  EXPECT_TRUE(GetBool(page, "Truncated"));
  const Json rest = world_.Kms("ListResourceTags", {{"KeyId", key}, {"Marker", GetString(page, "NextMarker")}});
  EXPECT_EQ(rest.at("Tags"), (Json{JsonObject{{"TagKey", "b"}, {"TagValue", "3"}}}));
  world_.Kms("UntagResource", {{"KeyId", key}, {"TagKeys", JsonArray{"a", "b"}}});
  EXPECT_TRUE(world_.Kms("ListResourceTags", {{"KeyId", key}}).at("Tags").as_array().empty());
  EXPECT_EQ(world_.Refusal("TagResource",
                           {{"KeyId", key}, {"Tags", JsonArray{JsonObject{{"TagKey", "aws:x"}, {"TagValue", ""}}}}}),
            "TagException");
}

TEST_F(KeyOperations, ADryRunDoesNothing) {
  const std::string key = world_.NewKey();
  EXPECT_EQ(world_.Refusal("Encrypt", {{"KeyId", key}, {"Plaintext", "text"}, {"DryRun", true}}),
            "DryRunOperationException");
  world_.Kms("DisableKey", {{"KeyId", key}});
  EXPECT_EQ(world_.Refusal("Encrypt", {{"KeyId", key}, {"Plaintext", "text"}, {"DryRun", true}}), "DisabledException");
}

TEST_F(KeyOperations, WhatIsNotBuiltIsRefusedWithItsReason) {
  EXPECT_EQ(world_.Refusal("CreateKey", {{"MultiRegion", true}}), "UnsupportedOperationException");
  EXPECT_EQ(world_.Refusal("CreateKey", {{"Origin", "AWS_CLOUDHSM"}}), "UnsupportedOperationException");
  EXPECT_EQ(world_.Refusal("GenerateRandom", {{"NumberOfBytes", 8}, {"CustomKeyStoreId", "cks-1"}}),
            "UnsupportedOperationException");
}

TEST_F(KeyOperations, NoMaterialIsInTheStoreInClear) {
  const std::string key = world_.NewKey();
  world_.Encrypt(key, "text");
  const auto stored = world_.store().All("kms-key")[0];
  EXPECT_FALSE(GetString(stored->status.at("Materials").at(0), "Sealed").empty());
  EXPECT_EQ(stored->status.at("Materials").at(0).as_object().size(), 3u);  // Id, Sealed, Created.
}

}  // namespace
}  // namespace sagebrush::keys
