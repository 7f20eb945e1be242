#include "sagemaker/role_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/iam_operations.h"
#include "sagemaker/controller_world.h"
#include "sagemaker/hosting/hosting.h"
#include "wire/api.h"

namespace sagebrush::sagemaker {
namespace {

using testing::HasSubstr;

constexpr const char* kTrust =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"sagemaker.amazonaws.com"},
        "Action":"sts:AssumeRole"}})";
constexpr const char* kSource = "arn:aws:sagemaker:us-east-1:123456789012:hyper-parameter-tuning-job/t";

class RoleCallsTest : public testing::Test {
 protected:
  // A role that SageMaker may assume, with these statements as its only policy.
  std::string Role(const std::string& name, const std::string& statements) {
    wire::OperationTable operations;
    identity::AddIamOperations(operations, world_.context().identity);
    const wire::Api iam(operations, world_.context().identity);
    const wire::Principal root{.account = "123456789012",
                               .arn = "arn:aws:iam::123456789012:root",
                               .identity_arn = "arn:aws:iam::123456789012:root"};
    const auto call = [&](const char* operation, Json input) {
      return iam.Call(root, "us-east-1", "iam", operation, std::move(input));
    };
    const Json made = call("CreateRole", JsonObject{{"RoleName", name}, {"AssumeRolePolicyDocument", kTrust}});
    call("PutRolePolicy", JsonObject{{"RoleName", name},
                                     {"PolicyName", "p"},
                                     {"PolicyDocument", R"({"Version":"2012-10-17","Statement":)" + statements + "}"}});
    return GetString(made.at("Role"), "Arn");
  }
  static std::string Allow(const std::string& actions, const std::string& condition = "{}") {
    return R"([{"Effect":"Allow","Action":)" + actions + R"(,"Resource":"*","Condition":)" + condition + "}]";
  }
  // The code of what CreateModel of a container answers to that role; empty: it was made.
  std::string CreateModel(const std::string& role, const std::string& name) {
    const JsonObject container{{"Image", "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"}};
    try {
      RoleCalls(world_.context(), role, "tuning", kSource)
          .Call("CreateModel",
                JsonObject{{"ModelName", name}, {"ExecutionRoleArn", world_.Role()}, {"PrimaryContainer", container}});
      return "";
    } catch (const Error& error) {
      message_ = error.what();
      return std::string(error.kind().code);
    }
  }
  bool IsMade(const std::string& name) { return world_.Get(ModelNoun(), name) != nullptr; }

  ControllerWorld world_;
  std::string message_;
};

constexpr const char* kEnough = R"(["sagemaker:CreateModel","iam:PassRole"])";

TEST_F(RoleCallsTest, MakeWhatTheRolesPoliciesAllow) {
  EXPECT_EQ(CreateModel(Role("may", Allow(kEnough)), "m"), "") << message_;
  EXPECT_TRUE(IsMade("m"));
}

TEST_F(RoleCallsTest, AreDeniedInTheNameOfTheRolesSession) {
  const std::string role = Role("reads", Allow(R"("sagemaker:Describe*")"));
  EXPECT_EQ(CreateModel(role, "m"), "AccessDeniedException");
  EXPECT_THAT(message_, HasSubstr("User: arn:aws:sts::123456789012:assumed-role/reads/tuning is not authorized to "
                                  "perform: sagemaker:CreateModel on resource: "
                                  "arn:aws:sagemaker:us-east-1:123456789012:model/m"));
  EXPECT_FALSE(IsMade("m"));
}

TEST_F(RoleCallsTest, NeedPassRoleForTheRolesTheyHandOn) {
  EXPECT_EQ(CreateModel(Role("makes", Allow(R"("sagemaker:CreateModel")")), "m"), "AccessDeniedException");
  EXPECT_THAT(message_, HasSubstr("iam:PassRole on resource: " + world_.Role()));
  EXPECT_FALSE(IsMade("m"));
}

TEST_F(RoleCallsTest, RefuseInputInAwsWords) {
  EXPECT_EQ(CreateModel(world_.Role(), "not_a_name"), "ValidationException");
  EXPECT_THAT(message_, HasSubstr("1 validation error detected: Value 'not_a_name' at 'modelName' failed to satisfy"));
}

// docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html: aws:ViaAWSService is false, and
// aws:CalledVia is not there, when a service uses a service role. A key that is missing is no empty text either.
TEST_F(RoleCallsTest, CarryWhatIsKnownWithoutANetwork) {
  int number = 0;
  const auto allowed_if = [&](const std::string& condition) {
    const std::string name = "c" + std::to_string(++number);
    return CreateModel(Role(name, Allow(kEnough, condition)), name) == "";
  };
  for (const std::string key : {"aws:SourceIp", "aws:UserAgent", "aws:Referer", "aws:CalledVia", "aws:CalledViaFirst",
                                "aws:CalledViaLast", "aws:SourceVpc"}) {
    EXPECT_TRUE(allowed_if(R"({"Null":{")" + key + R"(":"true"}})")) << key;
    EXPECT_FALSE(allowed_if(R"({"StringEquals":{")" + key + R"(":""}})")) << key;
  }
  EXPECT_FALSE(allowed_if(R"({"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}})"));
  EXPECT_TRUE(allowed_if(R"({"Bool":{"aws:ViaAWSService":"false"}})"));
  EXPECT_FALSE(allowed_if(R"({"Bool":{"aws:ViaAWSService":"true"}})"));
  EXPECT_TRUE(allowed_if(R"({"Bool":{"aws:PrincipalIsAWSService":"false","aws:SecureTransport":"true"}})"));
  EXPECT_TRUE(allowed_if(R"({"StringEquals":{"aws:RequestedRegion":"us-east-1","aws:PrincipalType":"AssumedRole"}})"));
}

TEST_F(RoleCallsTest, NeedARoleThatLetsSageMakerIn) {
  EXPECT_EQ(CreateModel("arn:aws:iam::123456789012:role/none", "m"), "ValidationException");
  EXPECT_THAT(message_, HasSubstr("Could not assume role arn:aws:iam::123456789012:role/none"));
}

TEST_F(RoleCallsTest, ReadWhatAClientReads) {
  ASSERT_EQ(CreateModel(world_.Role(), "m"), "") << message_;
  const Json model =
      RoleCalls(world_.context(), world_.Role(), "s", kSource).Call("DescribeModel", JsonObject{{"ModelName", "m"}});
  EXPECT_EQ(GetString(model, "ModelArn"), "arn:aws:sagemaker:us-east-1:123456789012:model/m");
  EXPECT_TRUE(model.at("CreationTime").is_double());
}

}  // namespace
}  // namespace sagebrush::sagemaker
