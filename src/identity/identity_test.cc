#include "identity/identity.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "identity/credentials_file.h"
#include "identity/iam_operations.h"
#include "store/sqlite_store.h"
#include "wire/model.h"

namespace sagebrush::identity {
namespace {

constexpr const char* kRole = "arn:aws:iam::123456789012:role/SageMakerRole";

class IdentityTest : public ::testing::Test {
 protected:
  IdentityTest() { Open(); }

  void Open() {
    identity_.reset();
    store_.reset();
    store_ = std::make_unique<store::SqliteStore>(directory_.path());
    identity_ = Identity::Bootstrap(*store_, directory_.path(), clock_);
    table_ = {};
    AddIamOperations(table_, *identity_);
    AddStsOperations(table_, *identity_);
    root_ = *ReadCredentialsFile(directory_.path() / "credentials");
  }

  wire::HttpRequest Signed(const wire::Credentials& credentials, const std::string& service = "sagemaker") {
    wire::HttpRequest request;
    request.method = "POST";
    request.target = "/";
    request.headers.Set("host", "localhost");
    if (service == "sagemaker") request.headers.Set("x-amz-target", "SageMaker.ListModels");
    if (service == "sts") request.headers.Set("content-type", "application/x-www-form-urlencoded");
    wire::SignRequest(request, credentials, "us-east-1", service, clock_.Now());
    return request;
  }

  wire::Principal Who(const wire::Credentials& credentials) {
    return identity_->Authenticate(Signed(credentials), clock_.Now()).principal;
  }

  std::string Refusal(const wire::HttpRequest& request) {
    try {
      identity_->Authenticate(request, clock_.Now());
      return "";
    } catch (const Error& error) {
      return std::string(error.kind().code);
    }
  }

  // Runs an operation as the gateway does: access rule, check, handler.
  Json Run(const std::string& service, const std::string& operation, Json input, const wire::Principal& principal) {
    const wire::Service* const model = wire::FindService(service);
    wire::Call call{*model, *model->FindOperation(operation), std::move(input), principal, "us-east-1", "id"};
    const auto* const entry = table_.Find(service, operation);
    identity_->Check(principal, entry->access(call));
    return entry->handler(call);
  }
  Json Iam(const std::string& operation, Json input) { return Run("iam", operation, std::move(input), Who(root_)); }

  std::string Code(const std::function<void()>& action) {
    try {
      action();
      return "";
    } catch (const Error& error) {
      message_ = error.what();
      return std::string(error.kind().code);
    }
  }

  std::string CheckCode(const wire::Principal& principal, const std::string& action, const std::string& resource,
                        JsonObject context = {}, Json resource_policy = nullptr) {
    return Code([&] { identity_->Check(principal, {{action, resource, context, resource_policy}}); });
  }

  wire::Credentials NewUser(const std::string& name, const std::string& policy = "") {
    Iam("CreateUser", {{"UserName", name}});
    if (!policy.empty()) {
      Iam("PutUserPolicy", {{"UserName", name}, {"PolicyName", "p"}, {"PolicyDocument", policy}});
    }
    const Json key = Iam("CreateAccessKey", {{"UserName", name}}).at("AccessKey");
    return {GetString(key, "AccessKeyId"), GetString(key, "SecretAccessKey"), ""};
  }

  TemporaryDirectory directory_;
  FakeClock clock_;
  std::unique_ptr<store::SqliteStore> store_;
  std::unique_ptr<Identity> identity_;
  wire::OperationTable table_;
  wire::Credentials root_;
  std::string message_;
};

constexpr const char* kAllowS3 =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}})";

TEST_F(IdentityTest, FirstStartMakesAKeyThatLaterStartsKeep) {
  const wire::Credentials first = root_;
  EXPECT_EQ(Who(root_).arn, "arn:aws:iam::123456789012:root");
  Open();
  EXPECT_EQ(root_.access_key_id, first.access_key_id);
  EXPECT_EQ(Who(first).user_id, "123456789012");
}

TEST_F(IdentityTest, SecretsAreReadableByTheirOwnerOnly) {
  for (const char* name : {"credentials", "server.key"}) {
    struct stat status{};
    ASSERT_EQ(::stat((directory_.path() / name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << name;
  }
  const auto key = store_->Get({"iam-access-key", "", "", root_.access_key_id});
  EXPECT_EQ(ToText(key->spec).find(root_.secret_key), std::string::npos);
}

TEST_F(IdentityTest, ALostCredentialsFileIsWrittenAgain) {
  const wire::Credentials first = root_;
  std::filesystem::remove(directory_.path() / "credentials");
  Open();
  EXPECT_EQ(root_.secret_key, first.secret_key);
}

TEST_F(IdentityTest, UnknownKeysAreRefusedInTheWordsOfTheService) {
  const wire::Credentials unknown{"AKIAAAAAAAAAAAAAAAAA", "secret", ""};
  EXPECT_EQ(Refusal(Signed(unknown)), "UnrecognizedClientException");
  EXPECT_EQ(Refusal(Signed(unknown, "s3")), "InvalidAccessKeyId");
  EXPECT_EQ(Refusal(Signed(unknown, "sts")), "InvalidClientTokenId");
  EXPECT_EQ(Refusal(Signed({root_.access_key_id, "wrong", ""})), "InvalidSignatureException");
}

TEST_F(IdentityTest, UnsignedRequestsAreAnonymousForS3Only) {
  wire::HttpRequest request;
  request.method = "GET";
  request.target = "/bucket/key";
  const Authenticated anonymous = identity_->Authenticate(request, clock_.Now());
  EXPECT_FALSE(anonymous.signature);
  const Json open = ParseJson(
      R"({"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}})");
  EXPECT_EQ(CheckCode(anonymous.principal, "s3:GetObject", "arn:aws:s3:::bucket/key", {}, open), "");
  EXPECT_EQ(CheckCode(anonymous.principal, "s3:PutObject", "arn:aws:s3:::bucket/key", {}, open), "AccessDenied");
  EXPECT_EQ(message_, "Access Denied");
  request.headers.Set("x-amz-target", "SageMaker.ListModels");
  EXPECT_EQ(Refusal(request), "MissingAuthenticationTokenException");
}

TEST_F(IdentityTest, UsersMayDoWhatTheirPoliciesAllow) {
  const wire::Principal user = Who(NewUser("joe", kAllowS3));
  EXPECT_EQ(user.arn, "arn:aws:iam::123456789012:user/joe");
  EXPECT_EQ(CheckCode(user, "s3:GetObject", "arn:aws:s3:::b/k"), "");
  EXPECT_EQ(CheckCode(user, "sagemaker:ListModels", "*"), "AccessDeniedException");
  EXPECT_EQ(
      message_,
      "User: arn:aws:iam::123456789012:user/joe is not authorized to perform: sagemaker:ListModels on resource: * "
      "because no identity-based policy allows the sagemaker:ListModels action");
  Iam("PutUserPolicy", {{"UserName", "joe"},
                        {"PolicyName", "no"},
                        {"PolicyDocument", R"({"Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}})"}});
  EXPECT_EQ(CheckCode(user, "s3:GetObject", "arn:aws:s3:::b/k"), "AccessDenied");
  EXPECT_EQ(message_,
            "User: arn:aws:iam::123456789012:user/joe is not authorized to perform: s3:GetObject on resource: "
            "\"arn:aws:s3:::b/k\" with an explicit deny in an identity-based policy");
}

TEST_F(IdentityTest, InactiveAndDeletedKeysStopAtOnce) {
  const wire::Credentials joe = NewUser("joe");
  EXPECT_EQ(Refusal(Signed(joe)), "");
  Iam("UpdateAccessKey", {{"UserName", "joe"}, {"AccessKeyId", joe.access_key_id}, {"Status", "Inactive"}});
  EXPECT_EQ(Refusal(Signed(joe)), "UnrecognizedClientException");
  Iam("UpdateAccessKey", {{"UserName", "joe"}, {"AccessKeyId", joe.access_key_id}, {"Status", "Active"}});
  EXPECT_EQ(Refusal(Signed(joe)), "");
  Iam("DeleteAccessKey", {{"UserName", "joe"}, {"AccessKeyId", joe.access_key_id}});
  EXPECT_EQ(Refusal(Signed(joe)), "UnrecognizedClientException");
}

TEST_F(IdentityTest, TheLastUseIsKnownOfUsersKeysUntilTheyAreDeleted) {
  const wire::Credentials joe = NewUser("joe");
  Who(joe);
  EXPECT_EQ(identity_->last_uses().Last(joe.access_key_id).time, clock_.Now());
  Iam("DeleteAccessKey", {{"UserName", "joe"}, {"AccessKeyId", joe.access_key_id}});
  EXPECT_EQ(identity_->last_uses().Last(joe.access_key_id).time, Time());
}

TEST_F(IdentityTest, TheUseOfASessionIsNotNoted) {
  const wire::Credentials session = identity_->AssumeServiceRole(kRole, "job", "sagemaker.amazonaws.com").credentials;
  EXPECT_EQ(Who(session).access_key_id, session.access_key_id);
  EXPECT_EQ(identity_->last_uses().Last(session.access_key_id).time, Time());
}

TEST_F(IdentityTest, TheLastUseIsKnownOfARoleByItsSessionsAndByServices) {
  const auto last_used = [this] {
    return Iam("GetRole", {{"RoleName", "SageMakerRole"}}).at("Role").at("RoleLastUsed");
  };
  EXPECT_EQ(last_used(), Json(JsonObject()));
  const std::string job = "arn:aws:sagemaker:eu-west-1:123456789012:training-job/j";
  const auto session =
      identity_->AssumeServiceRole(kRole, "job", "sagemaker.amazonaws.com", std::chrono::hours(1), job);
  EXPECT_EQ(GetString(last_used(), "Region"), "eu-west-1");
  clock_.Advance(Milliseconds(60'000));
  Who(session.credentials);
  const Json used = last_used();
  EXPECT_EQ(GetString(used, "Region"), "us-east-1");
  EXPECT_EQ(used.at("LastUsedDate").to_number<double>(), clock_.Now().ToEpochSeconds());
  EXPECT_FALSE(Iam("ListRoles", {}).at("Roles").as_array()[0].as_object().contains("RoleLastUsed"));
  const Json details = Iam("GetAccountAuthorizationDetails", {});
  EXPECT_EQ(details.at("RoleDetailList").as_array()[0].at("RoleLastUsed"), used);
}

// What the issue and AWS's policy reference say of AmazonSageMakerFullAccess and S3.
TEST_F(IdentityTest, TheDefaultRoleHasTheS3MeaningOfSageMakerFullAccess) {
  const wire::Principal role = identity_->AssumeServiceRole(kRole, "job", "sagemaker.amazonaws.com").principal;
  EXPECT_EQ(role.arn, "arn:aws:sts::123456789012:assumed-role/SageMakerRole/job");
  struct Case {
    const char* action;
    const char* resource;
    const char* code;
  };
  for (const auto& [action, resource, code] : {
           Case{"sagemaker:CreateTrainingJob", "arn:aws:sagemaker:us-east-1:123456789012:training-job/j", ""},
           Case{"sagemaker:ListModels", "*", ""},
           Case{"sagemaker:DeleteDomain", "arn:aws:sagemaker:us-east-1:123456789012:domain/d", "AccessDeniedException"},
           Case{"s3:GetObject", "arn:aws:s3:::sagemaker-us-east-1-123456789012/data", ""},
           Case{"s3:PutObject", "arn:aws:s3:::my-SageMaker-bucket/data", ""},
           Case{"s3:DeleteObject", "arn:aws:s3:::data/Sagemaker/x", ""},
           Case{"s3:PutObject", "arn:aws:s3:::data/sageMaker/x", "AccessDenied"},
           Case{"s3:GetObject", "arn:aws:s3:::private/data", "AccessDenied"},
           Case{"s3:ListBucket", "arn:aws:s3:::private", ""},
           Case{"s3:ListAllMyBuckets", "*", ""},
           Case{"s3:DeleteBucket", "arn:aws:s3:::sagemaker-b", "AccessDenied"},
           Case{"logs:CreateLogStream", "arn:aws:logs:us-east-1:123456789012:log-group:g", ""},
           Case{"iam:CreateUser", "arn:aws:iam::123456789012:user/x", "AccessDenied"},
       }) {
    EXPECT_EQ(CheckCode(role, action, resource), code) << action << " " << resource;
  }
  EXPECT_EQ(CheckCode(role, "s3:GetObject", "arn:aws:s3:::private/data", {{"s3:ExistingObjectTag/SageMaker", "True"}}),
            "");
  EXPECT_EQ(CheckCode(role, "iam:PassRole", kRole, {{"iam:PassedToService", "sagemaker.amazonaws.com"}}), "");
  EXPECT_EQ(CheckCode(role, "iam:PassRole", kRole, {{"iam:PassedToService", "ec2.amazonaws.com"}}), "AccessDenied");
}

TEST_F(IdentityTest, SessionsOutliveARestartButNotTheirTimeOrRole) {
  const wire::Credentials job = identity_->AssumeServiceRole(kRole, "job", "sagemaker.amazonaws.com").credentials;
  EXPECT_EQ(Who(job).identity_arn, kRole);
  Open();
  EXPECT_EQ(Refusal(Signed(job)), "");
  EXPECT_EQ(Refusal(Signed({job.access_key_id, job.secret_key, ""})), "UnrecognizedClientException");
  EXPECT_EQ(Refusal(Signed({job.access_key_id, job.secret_key, job.session_token + "AAAA"}, "s3")), "InvalidToken");
  clock_.Advance(std::chrono::hours(12));
  EXPECT_EQ(Refusal(Signed(job)), "ExpiredTokenException");
  EXPECT_EQ(Refusal(Signed(job, "s3")), "ExpiredToken");

  const wire::Credentials next = identity_->AssumeServiceRole(kRole, "job", "sagemaker.amazonaws.com").credentials;
  const std::string trust =
      UriDecode(GetString(Iam("GetRole", {{"RoleName", "SageMakerRole"}}), "Role.AssumeRolePolicyDocument"));
  Iam("DetachRolePolicy",
      {{"RoleName", "SageMakerRole"}, {"PolicyArn", "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"}});
  Iam("DeleteRole", {{"RoleName", "SageMakerRole"}});
  EXPECT_EQ(Refusal(Signed(next)), "UnrecognizedClientException");
  Iam("CreateRole", {{"RoleName", "SageMakerRole"}, {"AssumeRolePolicyDocument", trust}});
  EXPECT_EQ(Refusal(Signed(next)), "UnrecognizedClientException");
}

TEST_F(IdentityTest, AServiceMayAssumeOnlyRolesThatTrustIt) {
  EXPECT_EQ(Code([&] { identity_->AssumeServiceRole(kRole, "s", "ec2.amazonaws.com"); }), "ValidationException");
  EXPECT_EQ(Code([&] {
              identity_->AssumeServiceRole("arn:aws:iam::123456789012:role/none", "s", "sagemaker.amazonaws.com");
            }),
            "ValidationException");
  EXPECT_NE(message_.find("arn:aws:iam::123456789012:role/none"), std::string::npos);
}

TEST_F(IdentityTest, AssumeRoleFollowsTheTrustPolicyAndItsConditions) {
  const wire::Principal joe = Who(NewUser("joe"));
  const std::string trust =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole",
          "Principal":{"AWS":"arn:aws:iam::123456789012:user/joe"},
          "Condition":{"StringEquals":{"sts:ExternalId":"secret"}}}})";
  Iam("CreateRole", {{"RoleName", "r"}, {"AssumeRolePolicyDocument", trust}});
  Iam("PutRolePolicy", {{"RoleName", "r"}, {"PolicyName", "p"}, {"PolicyDocument", kAllowS3}});
  JsonObject input{{"RoleArn", "arn:aws:iam::123456789012:role/r"}, {"RoleSessionName", "s"}};
  EXPECT_EQ(Code([&] { Run("sts", "AssumeRole", input, joe); }), "AccessDenied");
  EXPECT_EQ(message_,
            "User: arn:aws:iam::123456789012:user/joe is not authorized to perform: sts:AssumeRole on resource: "
            "arn:aws:iam::123456789012:role/r");
  input["ExternalId"] = "secret";
  input["Policy"] = R"({"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}})";
  const Json output = Run("sts", "AssumeRole", input, joe);
  EXPECT_EQ(GetString(output, "AssumedRoleUser.Arn"), "arn:aws:sts::123456789012:assumed-role/r/s");
  const wire::Principal session =
      Who({GetString(output, "Credentials.AccessKeyId"), GetString(output, "Credentials.SecretAccessKey"),
           GetString(output, "Credentials.SessionToken")});
  EXPECT_EQ(CheckCode(session, "s3:GetObject", "arn:aws:s3:::b/k"), "");
  EXPECT_EQ(CheckCode(session, "s3:PutObject", "arn:aws:s3:::b/k"), "AccessDenied");
  EXPECT_NE(message_.find("because no session policy allows the s3:PutObject action"), std::string::npos);
  input["DurationSeconds"] = 7200;
  EXPECT_EQ(Code([&] { Run("sts", "AssumeRole", input, joe); }), "ValidationError");
}

TEST_F(IdentityTest, ARoleThatTrustsTheAccountNeedsTheCallersPolicyToo) {
  const wire::Principal joe = Who(NewUser("joe"));
  Iam("CreateRole",
      {{"RoleName", "r"},
       {"AssumeRolePolicyDocument",
        R"({"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"123456789012"}}})"}});
  const Json input{{"RoleArn", "arn:aws:iam::123456789012:role/r"}, {"RoleSessionName", "s"}};
  EXPECT_EQ(Code([&] { Run("sts", "AssumeRole", input, joe); }), "AccessDenied");
  EXPECT_EQ(Code([&] { Run("sts", "AssumeRole", input, Who(root_)); }), "");
  Iam("PutUserPolicy",
      {{"UserName", "joe"},
       {"PolicyName", "p"},
       {"PolicyDocument", R"({"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}})"}});
  EXPECT_EQ(Code([&] { Run("sts", "AssumeRole", input, joe); }), "");
}

TEST_F(IdentityTest, ATrustPolicyNamesWhoThereWas) {
  const wire::Principal joe = Who(NewUser("joe"));
  const std::string trust =
      R"({"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:iam::123456789012:user/joe"}}})";
  EXPECT_EQ(Code([&] {
              Iam("CreateRole", {{"RoleName", "r"},
                                 {"AssumeRolePolicyDocument",
                                  R"({"Statement":{"Effect":"Allow","Action":"sts:AssumeRole",
                                      "Principal":{"AWS":"arn:aws:iam::123456789012:user/eve"}}})"}});
            }),
            "MalformedPolicyDocument");
  EXPECT_EQ(message_, "Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:user/eve\"");
  Iam("CreateRole", {{"RoleName", "r"}, {"AssumeRolePolicyDocument", trust}});
  const auto shown = [&] {
    const Json document =
        ParseJson(UriDecode(GetString(Iam("GetRole", {{"RoleName", "r"}}), "Role.AssumeRolePolicyDocument")));
    return GetString(document, "Statement.Principal.AWS");
  };
  EXPECT_EQ(shown(), "arn:aws:iam::123456789012:user/joe");
  const Json input{{"RoleArn", "arn:aws:iam::123456789012:role/r"}, {"RoleSessionName", "s"}};
  EXPECT_EQ(Code([&] { Run("sts", "AssumeRole", input, joe); }), "");
  Iam("UpdateUser", {{"UserName", "joe"}, {"NewUserName", "jim"}});
  EXPECT_EQ(shown(), "arn:aws:iam::123456789012:user/jim");
  const wire::Principal other = Who(NewUser("joe"));
  EXPECT_EQ(Code([&] { Run("sts", "AssumeRole", input, other); }), "AccessDenied");
}

TEST_F(IdentityTest, ASourceIdentityStaysWithTheSessionsThatFollow) {
  const wire::Principal joe = Who(NewUser("joe"));
  Iam("CreateRole", {{"RoleName", "r"},
                     {"AssumeRolePolicyDocument",
                      R"({"Statement":{"Effect":"Allow","Action":["sts:AssumeRole","sts:SetSourceIdentity"],
                          "Principal":{"AWS":"*"}}})"}});
  Iam("PutRolePolicy",
      {{"RoleName", "r"},
       {"PolicyName", "p"},
       {"PolicyDocument", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*",
            "Condition":{"StringEquals":{"aws:SourceIdentity":"joe","aws:MultiFactorAuthPresent":"false"},
                         "DateLessThanEquals":{"aws:TokenIssueTime":"2030-01-01"}}}})"}});
  const auto assume = [&](JsonObject input, const wire::Principal& principal) {
    input["RoleArn"] = "arn:aws:iam::123456789012:role/r";
    input["RoleSessionName"] = "s";
    const Json output = Run("sts", "AssumeRole", input, principal);
    return Who({GetString(output, "Credentials.AccessKeyId"), GetString(output, "Credentials.SecretAccessKey"),
                GetString(output, "Credentials.SessionToken")});
  };
  const wire::Principal first = assume({{"SourceIdentity", "joe"}}, joe);
  EXPECT_EQ(CheckCode(first, "s3:GetObject", "arn:aws:s3:::b/k"), "");
  EXPECT_EQ(CheckCode(assume({}, first), "s3:GetObject", "arn:aws:s3:::b/k"), "");
  EXPECT_EQ(Code([&] { assume({{"SourceIdentity", "eve"}}, first); }), "AccessDenied");
  EXPECT_EQ(CheckCode(assume({}, joe), "s3:GetObject", "arn:aws:s3:::b/k"), "AccessDenied");
}

TEST_F(IdentityTest, AServiceMayBeLetInForOneResource) {
  Iam("CreateRole",
      {{"RoleName", "r"},
       {"AssumeRolePolicyDocument",
        R"({"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"sagemaker.amazonaws.com"},
            "Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sagemaker:*:123456789012:training-job/a*"},
                         "StringEquals":{"aws:SourceAccount":"123456789012"}}}})"}});
  const auto assume = [&](const std::string& source) {
    return Code([&] {
      identity_->AssumeServiceRole("arn:aws:iam::123456789012:role/r", "s", "sagemaker.amazonaws.com",
                                   std::chrono::hours(1), source);
    });
  };
  EXPECT_EQ(assume("arn:aws:sagemaker:us-east-1:123456789012:training-job/a1"), "");
  EXPECT_EQ(assume("arn:aws:sagemaker:us-east-1:123456789012:training-job/b1"), "ValidationException");
  EXPECT_EQ(assume(""), "ValidationException");
}

TEST_F(IdentityTest, SessionTokensActAsTheirUser) {
  const wire::Principal joe = Who(NewUser("joe", kAllowS3));
  const Json output = Run("sts", "GetSessionToken", JsonObject(), joe);
  const wire::Principal session =
      Who({GetString(output, "Credentials.AccessKeyId"), GetString(output, "Credentials.SecretAccessKey"),
           GetString(output, "Credentials.SessionToken")});
  EXPECT_EQ(session.arn, joe.arn);
  EXPECT_EQ(CheckCode(session, "s3:GetObject", "arn:aws:s3:::b/k"), "");
  EXPECT_EQ(Code([&] { Run("sts", "GetSessionToken", JsonObject(), session); }), "AccessDenied");
  EXPECT_EQ(GetString(Run("sts", "GetCallerIdentity", JsonObject(), session), "Arn"), joe.arn);
}

TEST_F(IdentityTest, PermissionsBoundariesLimit) {
  const wire::Principal joe = Who(NewUser("joe", kAllowS3));
  Iam("PutUserPermissionsBoundary",
      {{"UserName", "joe"}, {"PermissionsBoundary", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}});
  EXPECT_EQ(CheckCode(joe, "s3:GetObject", "arn:aws:s3:::b/k"), "");
  EXPECT_EQ(CheckCode(joe, "s3:PutObject", "arn:aws:s3:::b/k"), "AccessDenied");
  EXPECT_NE(message_.find("because no permissions boundary allows the s3:PutObject action"), std::string::npos);
}

TEST_F(IdentityTest, ListsAreCutIntoPages) {
  for (const char* name : {"c", "a", "b"}) Iam("CreateUser", {{"UserName", name}});
  const Json first = Iam("ListUsers", {{"MaxItems", 2}});
  EXPECT_EQ(GetString(first.at("Users").at(1), "UserName"), "b");
  EXPECT_TRUE(GetBool(first, "IsTruncated"));
  const Json second = Iam("ListUsers", {{"MaxItems", 2}, {"Marker", GetString(first, "Marker")}});
  EXPECT_EQ(second.at("Users").as_array().size(), 1u);
  EXPECT_FALSE(GetBool(second, "IsTruncated"));
}

TEST_F(IdentityTest, IamRefusesAsAwsDoes) {
  NewUser("joe", kAllowS3);
  const std::string arn =
      GetString(Iam("CreatePolicy", {{"PolicyName", "p"}, {"PolicyDocument", kAllowS3}}), "Policy.Arn");
  Iam("AttachUserPolicy", {{"UserName", "joe"}, {"PolicyArn", arn}});
  struct Case {
    const char* operation;
    JsonObject input;
    const char* code;
    const char* message;
  };
  for (const auto& [operation, input, code, message] : {
           Case{"GetRole", {{"RoleName", "x"}}, "NoSuchEntity", "The role with name x cannot be found."},
           Case{"GetUser", {{"UserName", "x"}}, "NoSuchEntity", "The user with name x cannot be found."},
           Case{"CreateUser", {{"UserName", "joe"}}, "EntityAlreadyExists", "User with name joe already exists."},
           Case{"DeleteUser",
                {{"UserName", "joe"}},
                "DeleteConflict",
                "Cannot delete entity, must detach all policies first."},
           Case{"DeletePolicy", {{"PolicyArn", arn}}, "DeleteConflict", "Cannot delete a policy attached to entities."},
           Case{"GetPolicy",
                {{"PolicyArn", arn + "x"}},
                "NoSuchEntity",
                "Policy arn:aws:iam::123456789012:policy/px was not found."},
           Case{"AttachRolePolicy",
                {{"RoleName", "SageMakerRole"}, {"PolicyArn", "arn:aws:iam::aws:policy/None"}},
                "NoSuchEntity",
                "Policy arn:aws:iam::aws:policy/None does not exist or is not attachable."},
           Case{"PutUserPolicy",
                {{"UserName", "joe"}, {"PolicyName", "q"}, {"PolicyDocument", "{"}},
                "MalformedPolicyDocument",
                "This policy contains invalid Json"},
       }) {
    EXPECT_EQ(Code([&, operation = operation, input = input] { Iam(operation, input); }), code) << operation;
    EXPECT_EQ(message_, message);
  }
}

TEST_F(IdentityTest, PolicyVersionsDecideByTheirDefault) {
  const wire::Principal joe = Who(NewUser("joe"));
  const std::string arn =
      GetString(Iam("CreatePolicy", {{"PolicyName", "p"}, {"PolicyDocument", kAllowS3}}), "Policy.Arn");
  Iam("AttachUserPolicy", {{"UserName", "joe"}, {"PolicyArn", arn}});
  EXPECT_EQ(CheckCode(joe, "s3:GetObject", "arn:aws:s3:::b/k"), "");
  Iam("CreatePolicyVersion", {{"PolicyArn", arn},
                              {"PolicyDocument", R"({"Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*"}})"},
                              {"SetAsDefault", true}});
  EXPECT_EQ(CheckCode(joe, "s3:GetObject", "arn:aws:s3:::b/k"), "AccessDenied");
  Iam("SetDefaultPolicyVersion", {{"PolicyArn", arn}, {"VersionId", "v1"}});
  EXPECT_EQ(CheckCode(joe, "s3:GetObject", "arn:aws:s3:::b/k"), "");
  EXPECT_EQ(Iam("ListPolicyVersions", {{"PolicyArn", arn}}).at("Versions").as_array().size(), 2u);
}

// The call that the SageMaker SDK v3 makes before it trains.
TEST_F(IdentityTest, SimulationTellsWhatWouldBeDecided) {
  const Json output = Iam("SimulatePrincipalPolicy",
                          {{"PolicySourceArn", kRole},
                           {"ActionNames", JsonArray{"sagemaker:CreateTrainingJob", "iam:CreateUser", "s3:GetObject"}},
                           {"ResourceArns", JsonArray{"*"}}});
  const JsonArray& results = output.at("EvaluationResults").as_array();
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(GetString(results[0], "EvalDecision"), "allowed");
  EXPECT_EQ(GetString(results[0].at("MatchedStatements").at(0), "SourcePolicyId"), "AmazonSageMakerFullAccess");
  EXPECT_EQ(GetString(results[1], "EvalDecision"), "implicitDeny");
  EXPECT_EQ(GetString(results[2], "EvalDecision"), "implicitDeny");
  const Json denied =
      Iam("SimulateCustomPolicy",
          {{"PolicyInputList", JsonArray{R"({"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}})"}},
           {"ActionNames", JsonArray{"s3:GetObject"}}});
  EXPECT_EQ(GetString(denied.at("EvaluationResults").at(0), "EvalDecision"), "explicitDeny");
}

TEST_F(IdentityTest, UsersWithoutIamPermissionsMayNotUseIam) {
  const wire::Principal joe = Who(NewUser("joe"));
  EXPECT_EQ(Code([&] { Run("iam", "CreateUser", {{"UserName", "eve"}}, joe); }), "AccessDenied");
  EXPECT_NE(message_.find("iam:CreateUser on resource: arn:aws:iam::123456789012:user/eve"), std::string::npos);
}

}  // namespace
}  // namespace sagebrush::identity
