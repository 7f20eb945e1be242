#include "secrets/secret_operations.h"

#include <gtest/gtest.h>

#include "keys/keys_world.h"
#include "secrets/random_password.h"
#include "secrets/secret_controller.h"

namespace sagebrush::secrets {
namespace {

constexpr std::chrono::hours kDay{24};
const std::string kFirst(32, '1');
const std::string kSecond(32, '2');
const std::string kThird(32, '3');

class SecretOperations : public testing::Test {
 protected:
  SecretOperations() {
    world_.AddOperations([this](wire::OperationTable& table, const keys::KeysContext& context, const wire::Api& api) {
      AddSecretsOperations(table, {context.store, api, context.authorizer, context.clock});
      controller_ = std::make_unique<SecretController>(context.store, context.clock);
    });
  }

  Json Run(const std::string& operation, Json input) {
    return world_.Call("secretsmanager", operation, std::move(input));
  }
  Json As(const wire::Principal& who, const std::string& operation, Json input) {
    return world_.CallAs(who, "secretsmanager", operation, std::move(input));
  }
  std::string Refusal(const std::string& operation, Json input) {
    return world_.Code([&] { Run(operation, std::move(input)); });
  }
  std::string Create(const std::string& value, Json more = JsonObject()) {
    JsonObject input{{"Name", "s"}, {"SecretString", value}, {"ClientRequestToken", kFirst}};
    for (const auto& [member, given] : more.as_object()) input[member] = given;
    return GetString(Run("CreateSecret", std::move(input)), "ARN");
  }
  void Put(const std::string& version, const std::string& value, JsonArray stages = {"AWSCURRENT"}) {
    Run("PutSecretValue",
        {{"SecretId", "s"}, {"ClientRequestToken", version}, {"SecretString", value}, {"VersionStages", stages}});
  }
  std::string Value(Json more = JsonObject()) {
    JsonObject input{{"SecretId", "s"}};
    for (const auto& [member, given] : more.as_object()) input[member] = given;
    return GetString(Run("GetSecretValue", std::move(input)), "SecretString");
  }
  void Reconcile() {
    for (const auto& secret : world_.store().All("secret")) controller_->Reconcile(secret->key);
  }

  keys::KeysWorld world_;
  std::unique_ptr<SecretController> controller_;
};

// docs.aws.amazon.com/secretsmanager/latest/apireference/API_SecretVersionsListEntry.html: a date, without the time.
TEST_F(SecretOperations, TheDayWhenItWasLastReadIsShown) {
  Create("text");
  const auto described = [this] { return Run("DescribeSecret", {{"SecretId", "s"}}).as_object(); };
  const JsonObject before = described();
  EXPECT_FALSE(before.contains("LastAccessedDate"));
  Value();
  const std::int64_t midnight = world_.clock().Now().milliseconds / 86'400'000 * 86'400;
  EXPECT_EQ(described().at("LastAccessedDate").to_number<double>(), static_cast<double>(midnight));
  EXPECT_EQ(described().at("LastChangedDate"), before.at("LastChangedDate"));
  const Json versions = Run("ListSecretVersionIds", {{"SecretId", "s"}}).at("Versions");
  EXPECT_EQ(versions.at(0).at("LastAccessedDate").to_number<double>(), static_cast<double>(midnight));
  const auto version = world_.store().All("secret")[0]->version;
  Value();  // Noted already.
  EXPECT_EQ(world_.store().All("secret")[0]->version, version);
  world_.clock().Advance(std::chrono::hours(24));
  Value();
  EXPECT_EQ(described().at("LastAccessedDate").to_number<double>(), static_cast<double>(midnight + 86'400));
}

TEST_F(SecretOperations, AValueComesBackByEachOfItsNames) {
  const std::string arn = Create("text");
  EXPECT_EQ(Value(), "text");
  for (const std::string& id : {arn, arn.substr(0, arn.size() - 7), std::string("s")}) {
    EXPECT_EQ(GetString(Run("GetSecretValue", {{"SecretId", id}}), "SecretString"), "text") << id;
  }
  EXPECT_EQ(Refusal("GetSecretValue", {{"SecretId", arn.substr(0, arn.size() - 1) + "!"}}),
            "ResourceNotFoundException");
  const std::string binary("\x00\xff", 2);
  Run("CreateSecret", {{"Name", "b"}, {"SecretBinary", binary}});
  EXPECT_EQ(GetString(Run("GetSecretValue", {{"SecretId", "b"}}), "SecretBinary"), binary);
}

TEST_F(SecretOperations, NoValueIsInTheStoreInClear) {
  Create("very secret text");
  for (const char* kind : {"secret", "secret-version"}) {
    for (const auto& stored : world_.store().All(kind))
      EXPECT_EQ(ToText(stored->spec).find("very secret"), std::string::npos);
  }
}

// docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
TEST_F(SecretOperations, ANewValueIsCurrentAndTheOneBeforeIsPrevious) {
  Create("one");
  Put(kSecond, "two");
  EXPECT_EQ(Value(), "two");
  EXPECT_EQ(Value({{"VersionStage", "AWSPREVIOUS"}}), "one");
  EXPECT_EQ(Value({{"VersionId", kFirst}}), "one");
  Put(kThird, "three", {"AWSPENDING"});
  EXPECT_EQ(Value(), "two");
  Run("UpdateSecretVersionStage", {{"SecretId", "s"},
                                   {"VersionStage", "AWSCURRENT"},
                                   {"RemoveFromVersionId", kSecond},
                                   {"MoveToVersionId", kThird}});
  EXPECT_EQ(Value(), "three");
  EXPECT_EQ(Value({{"VersionStage", "AWSPREVIOUS"}}), "two");
  EXPECT_EQ(Refusal("GetSecretValue", {{"SecretId", "s"}, {"VersionId", kFirst}, {"VersionStage", "AWSCURRENT"}}),
            "ResourceNotFoundException");
  EXPECT_EQ(Refusal("UpdateSecretVersionStage",
                    {{"SecretId", "s"}, {"VersionStage", "AWSCURRENT"}, {"MoveToVersionId", kFirst}}),
            "InvalidParameterException");
  EXPECT_EQ(Refusal("UpdateSecretVersionStage",
                    {{"SecretId", "s"}, {"VersionStage", "AWSCURRENT"}, {"RemoveFromVersionId", kThird}}),
            "InvalidParameterException");
}

TEST_F(SecretOperations, ARepeatedRequestIsOne) {
  Create("one");
  EXPECT_EQ(Create("one").empty(), false);
  EXPECT_EQ(world_.Code([&] { Create("other"); }), "ResourceExistsException");
  Put(kSecond, "two");
  Put(kSecond, "two");
  EXPECT_EQ(world_.Code([&] { Put(kSecond, "other"); }), "ResourceExistsException");
  EXPECT_EQ(Value(), "two");
}

TEST_F(SecretOperations, OldVersionsWithoutLabelsGiveWayAndOthersDoNot) {
  Create("0");
  for (int i = 0; i < 120; ++i) Put(fmt::format("{:032}", i), std::to_string(i));
  EXPECT_EQ(
      Run("ListSecretVersionIds", {{"SecretId", "s"}, {"IncludeDeprecated", true}}).at("Versions").as_array().size(),
      100u);
  EXPECT_EQ(world_.store().All("secret-version").size(), 100u);
  EXPECT_EQ(Value(), "119");
  EXPECT_EQ(Value({{"VersionStage", "AWSPREVIOUS"}}), "118");
}

TEST_F(SecretOperations, ADeletedSecretCanBeRestoredUntilItsTimeIsOver) {
  Create("text");
  Run("DeleteSecret", {{"SecretId", "s"}, {"RecoveryWindowInDays", 7}});
  EXPECT_EQ(Refusal("GetSecretValue", {{"SecretId", "s"}}), "InvalidRequestException");
  EXPECT_EQ(world_.Code([&] { Create("text"); }), "InvalidRequestException");
  world_.clock().Advance(7 * kDay - Milliseconds(1));
  Reconcile();
  Run("RestoreSecret", {{"SecretId", "s"}});
  EXPECT_EQ(Value(), "text");
  Run("DeleteSecret", {{"SecretId", "s"}, {"RecoveryWindowInDays", 7}});
  world_.clock().Advance(7 * kDay);
  Reconcile();
  EXPECT_EQ(Refusal("DescribeSecret", {{"SecretId", "s"}}), "ResourceNotFoundException");
  EXPECT_TRUE(world_.store().All("secret-version").empty());
}

TEST_F(SecretOperations, ForceDeletesAtOnce) {
  Create("text");
  EXPECT_EQ(
      Refusal("DeleteSecret", {{"SecretId", "s"}, {"ForceDeleteWithoutRecovery", true}, {"RecoveryWindowInDays", 7}}),
      "InvalidParameterException");
  EXPECT_EQ(Refusal("DeleteSecret", {{"SecretId", "s"}, {"RecoveryWindowInDays", 6}}), "InvalidParameterException");
  Run("DeleteSecret", {{"SecretId", "s"}, {"ForceDeleteWithoutRecovery", true}});
  EXPECT_EQ(Refusal("DescribeSecret", {{"SecretId", "s"}}), "ResourceNotFoundException");
}

TEST_F(SecretOperations, AKeyThatIsOffClosesIt) {
  const std::string key = world_.NewKey();
  Create("text", {{"KmsKeyId", key}});
  world_.Kms("DisableKey", {{"KeyId", key}});
  EXPECT_EQ(Refusal("GetSecretValue", {{"SecretId", "s"}}), "DecryptionFailure");
  EXPECT_EQ(world_.Code([&] { Put(kSecond, "two"); }), "EncryptionFailure");
}

TEST_F(SecretOperations, WhoReadsItNeedsTheRightToItsKeyToo) {
  Create("text", {{"KmsKeyId", world_.NewKey()}});
  const auto reader = world_.NewUser("reader", R"({"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"})");
  const auto both =
      world_.NewUser("both", R"({"Effect":"Allow","Action":["secretsmanager:*","kms:Decrypt"],"Resource":"*"})");
  const auto none = world_.NewUser("none");
  const auto get = [&](const wire::Principal& who) {
    return world_.Code([&] { As(who, "GetSecretValue", {{"SecretId", "s"}}); });
  };
  EXPECT_EQ(get(none), "AccessDeniedException");
  EXPECT_EQ(get(reader), "AccessDeniedException");
  EXPECT_NE(world_.message().find("KMS"), std::string::npos);
  EXPECT_EQ(get(both), "");
  // Secrets Manager's own key serves everyone who may read the secret.
  Run("UpdateSecret", {{"SecretId", "s"}, {"KmsKeyId", ""}});
  EXPECT_EQ(get(reader), "");
}

TEST_F(SecretOperations, ANewKeyEncryptsWhatIsInUseAnew) {
  const std::string old_key = world_.NewKey();
  Create("one", {{"KmsKeyId", old_key}});
  Put(kSecond, "two");
  Run("UpdateSecret", {{"SecretId", "s"}, {"KmsKeyId", world_.NewKey()}});
  world_.Kms("DisableKey", {{"KeyId", old_key}});
  EXPECT_EQ(Value(), "two");
  EXPECT_EQ(Value({{"VersionStage", "AWSPREVIOUS"}}), "one");
}

TEST_F(SecretOperations, AValueIsOfNoUseInThePlaceOfAnother) {
  Create("one");
  Put(kSecond, "two");
  const auto values = world_.store().All("secret-version");
  ASSERT_EQ(values.size(), 2u);
  store::Resource swapped = *values[0];
  swapped.spec = values[1]->spec;
  ASSERT_TRUE(world_.store().Update(swapped));
  const std::string version = swapped.key.name.substr(swapped.key.name.find('/') + 1);
  EXPECT_EQ(Refusal("GetSecretValue", {{"SecretId", "s"}, {"VersionId", version}}), "DecryptionFailure");
}

TEST_F(SecretOperations, ItsPolicyGivesAndDenies) {
  const std::string arn = Create("text");
  const auto user = world_.NewUser("user");
  const std::string policy =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*",)"
      R"("Principal":{"AWS":")" +
      user.arn + R"("}}})";
  Run("PutResourcePolicy", {{"SecretId", "s"}, {"ResourcePolicy", policy}, {"BlockPublicPolicy", true}});
  EXPECT_EQ(GetString(Run("GetResourcePolicy", {{"SecretId", "s"}}), "ResourcePolicy"), policy);
  EXPECT_EQ(GetString(As(user, "GetSecretValue", {{"SecretId", arn}}), "SecretString"), "text");
  const std::string open =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}})";
  EXPECT_EQ(Refusal("PutResourcePolicy", {{"SecretId", "s"}, {"ResourcePolicy", open}, {"BlockPublicPolicy", true}}),
            "PublicPolicyException");
  EXPECT_EQ(Refusal("PutResourcePolicy", {{"SecretId", "s"}, {"ResourcePolicy", "{}"}}),
            "MalformedPolicyDocumentException");
  Run("DeleteResourcePolicy", {{"SecretId", "s"}});
  EXPECT_EQ(world_.Code([&] { As(user, "GetSecretValue", {{"SecretId", arn}}); }), "AccessDeniedException");
}

TEST_F(SecretOperations, ABatchTellsOfEachWhatItWouldAlone) {
  Create("text");
  const Json batch = Run("BatchGetSecretValue", {{"SecretIdList", JsonArray{"s", "missing"}}});
  EXPECT_EQ(batch.at("SecretValues").at(0).at("SecretString"), Json("text"));
  EXPECT_EQ(batch.at("Errors").at(0).at("ErrorCode"), Json("ResourceNotFoundException"));
  const auto user =
      world_.NewUser("user", R"({"Effect":"Allow","Action":"secretsmanager:BatchGetSecretValue","Resource":"*"})");
  const Json denied = As(user, "BatchGetSecretValue", {{"SecretIdList", JsonArray{"s"}}});
  EXPECT_TRUE(denied.at("SecretValues").as_array().empty());
  EXPECT_EQ(denied.at("Errors").at(0).at("ErrorCode"), Json("AccessDeniedException"));
}

TEST_F(SecretOperations, ListsGoByTheirFilters) {
  const auto tag = [](const char* key, const char* value) {
    return JsonArray{JsonObject{{"Key", key}, {"Value", value}}};
  };
  Run("CreateSecret", {{"Name", "db/a"}, {"Description", "The First"}, {"Tags", tag("team", "red")}});
  Run("CreateSecret", {{"Name", "db/b"}, {"Tags", tag("team", "blue")}});
  Run("CreateSecret", {{"Name", "api"}});
  const auto count = [&](const char* key, const char* value) {
    const Json filter{{"Key", key}, {"Values", JsonArray{value}}};
    return Run("ListSecrets", {{"Filters", JsonArray{filter}}}).at("SecretList").as_array().size();
  };
  EXPECT_EQ(count("name", "db/"), 2u);
  EXPECT_EQ(count("name", "!db/"), 1u);
  EXPECT_EQ(count("name", "DB/"), 0u);
  EXPECT_EQ(count("description", "the first"), 1u);
  EXPECT_EQ(count("tag-key", "team"), 2u);
  EXPECT_EQ(count("tag-value", "red"), 1u);
  EXPECT_EQ(count("all", "RED first"), 1u);
  EXPECT_EQ(Refusal("ListSecrets", {{"NextToken", "made-up"}}), "InvalidNextTokenException");
}

TEST(RandomPassword, HasWhatItMustAndNothingElse) {
  const std::string password = MakePassword({.length = 200, .excluded = "abc\"", .digits = false});
  EXPECT_EQ(password.size(), 200u);
  EXPECT_EQ(password.find_first_of("abc\" 0123456789"), std::string::npos);
  for (int i = 0; i < 100; ++i) {
    const std::string four = MakePassword({.length = 4});
    EXPECT_NE(four.find_first_of("0123456789"), std::string::npos);
    EXPECT_NE(four.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), std::string::npos);
  }
  EXPECT_THROW(MakePassword({.length = 3}), Error);
  EXPECT_THROW(MakePassword({.lower_case = false, .upper_case = false, .digits = false, .punctuation = false}), Error);
}

}  // namespace
}  // namespace sagebrush::secrets
