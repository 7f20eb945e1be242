#include "sagemaker/workload_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "runtime/workload_address.h"
#include "sagemaker/controller_world.h"

namespace sagebrush::sagemaker {
namespace {

using testing::HasSubstr;

class WorkloadCredentialsTest : public testing::Test {
 protected:
  using Environment = std::map<std::string, std::string>;

  void Run(const std::string& workload) {
    runtime::WorkloadSpec spec;
    spec.environment["DOES"] = "runs";
    world_.context().runtime.Start(workload, spec);
  }
  Environment Access(const std::string& workload, const std::string& role) {
    Environment environment;
    AddApiAccess(world_.context(), {workload, role, "arn:aws:sagemaker:us-east-1:123456789012:training-job/j"},
                 "us-east-1", environment);
    return environment;
  }
  // What is answered to a token, or the message of the refusal.
  std::string Answer(const std::string& token) {
    try {
      return ToText(CredentialsFor(world_.context(), token));
    } catch (const Error& error) {
      return error.what();
    }
  }

  ControllerWorld world_;
};

TEST_F(WorkloadCredentialsTest, AreTheRolesForAnHour) {
  Run("w");
  const Environment environment = Access("w", world_.Role());
  EXPECT_EQ(environment.count("AWS_ACCESS_KEY_ID"), 0u);
  const Json first = CredentialsFor(world_.context(), environment.at("AWS_CONTAINER_AUTHORIZATION_TOKEN"));
  EXPECT_EQ(GetString(first, "Expiration"), ToIso8601({world_.context().clock.Now().milliseconds + 3'600'000}));
  EXPECT_EQ(GetString(first, "RoleArn"), world_.Role());
  // The next ones are others, under the same token.
  const Json second = CredentialsFor(world_.context(), environment.at("AWS_CONTAINER_AUTHORIZATION_TOKEN"));
  EXPECT_NE(GetString(first, "AccessKeyId"), GetString(second, "AccessKeyId"));
}

TEST_F(WorkloadCredentialsTest, AreReadOnTheWorkloadsOwnLoopback) {
  EXPECT_EQ(runtime::AddressInside("10.1.2.3:8443"), "127.0.0.1:8443");
  EXPECT_EQ(runtime::AddressInside("0.0.0.0:80"), "127.0.0.1:80");
  EXPECT_EQ(runtime::AddressInside("[::1]:80"), "127.0.0.1:80");
  EXPECT_THAT(Access("w", world_.Role()).at("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
              testing::MatchesRegex("http://127\\.0\\.0\\.1:[0-9]*/_sagebrush/credentials"));
}

TEST_F(WorkloadCredentialsTest, EndWithTheWorkload) {
  const std::string token = Access("w", world_.Role()).at("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  EXPECT_THAT(Answer(token), HasSubstr("does not run any more"));
  Run("w");
  EXPECT_THAT(Answer(token), HasSubstr("AccessKeyId"));
  world_.context().runtime.Stop("w", Seconds(0));
  EXPECT_THAT(Answer(token), HasSubstr("does not run any more"));
}

TEST_F(WorkloadCredentialsTest, AreForNobodyElse) {
  Run("w");
  const std::string token = Access("w", world_.Role()).at("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  // Sealed by this server, for another purpose.
  const std::string session =
      ToBase64(world_.context().identity.server_key().Seal(R"(["w",")" + world_.Role() + R"(",""])", "session token"));
  std::string changed = token;
  changed[20] = changed[20] == 'A' ? 'B' : 'A';
  for (const std::string& wrong : {std::string(), std::string("\xff\0", 2), changed, token + "A", session}) {
    EXPECT_THAT(Answer(wrong), HasSubstr("none that this server gave")) << wrong;
  }
}

TEST_F(WorkloadCredentialsTest, AreNoneWithoutARole) {
  const Environment environment = Access("w", "");
  EXPECT_EQ(environment.count("AWS_CONTAINER_AUTHORIZATION_TOKEN"), 0u);
  EXPECT_EQ(environment.count("AWS_CONTAINER_CREDENTIALS_FULL_URI"), 0u);
  EXPECT_EQ(environment.at("AWS_REGION"), "us-east-1");
  EXPECT_THROW(Access("w", "arn:aws:iam::123456789012:role/none"), Error);
}

}  // namespace
}  // namespace sagebrush::sagemaker
