// links: identity
// What authorisation costs a request of a user with 10 managed policies attached, a permissions boundary and inline
// policies with conditions; of a session with a policy of its own; and beside a bucket's policy.
#include <benchmark/benchmark.h>

#include "identity/entities.h"
#include "store/memory_store.h"

namespace sagebrush::identity {
namespace {

constexpr const char* kInline = R"({"Version":"2012-10-17","Statement":[
  {"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::secret-${aws:username}/*","Condition":{
    "StringNotEquals":{"aws:PrincipalTag/team":["red","blue"]},"Bool":{"aws:SecureTransport":"false"}}},
  {"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::home-*/${aws:username}/*",
    "Condition":{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","192.168.0.0/16"]}}}]})";
constexpr const char* kAll = R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})";

// An account with one such user.
struct World {
  World() : identity(Identity::Bootstrap(store, directory.path(), clock)) {
    store::Resource user;
    user.key = EntityKey(kUserKind, std::string(kDefaultAccount), "measured");
    user.spec = JsonObject{{"Path", "/"},
                           {"UserId", "AIDAAAAAAAAAAAAAAAAAA"},
                           {"Arn", principal.arn},
                           {"Tags", JsonArray{JsonObject{{"Key", "team"}, {"Value", "red"}}}},
                           {"InlinePolicies", JsonObject{{"home", kInline}}},
                           {"AccessKeys", JsonArray()},
                           {"PermissionsBoundary", "arn:aws:iam::aws:policy/PowerUserAccess"}};
    JsonArray attached;
    for (const char* const name :
         {"AmazonSageMakerFullAccess", "AmazonSageMakerCanvasFullAccess", "AmazonSageMakerPipelinesIntegrations",
          "AmazonSageMakerModelRegistryFullAccess", "AmazonSageMakerFeatureStoreAccess",
          "AmazonSageMakerGroundTruthExecution", "ReadOnlyAccess", "CloudWatchFullAccessV2", "SecurityAudit",
          "AmazonEC2ContainerRegistryPowerUser"}) {
      attached.emplace_back("arn:aws:iam::aws:policy/" + std::string(name));
    }
    user.spec.as_object()["AttachedPolicies"] = std::move(attached);
    store.Insert(user);
  }

  TemporaryDirectory directory;
  store::MemoryStore store;
  SystemClock clock;
  wire::Principal principal{.account = std::string(kDefaultAccount),
                            .arn = "arn:aws:iam::123456789012:user/measured",
                            .user_id = "AIDAAAAAAAAAAAAAAAAAA",
                            .access_key_id = "AKIAAAAAAAAAAAAAAAAA",
                            .identity_arn = "arn:aws:iam::123456789012:user/measured"};
  std::unique_ptr<Identity> identity;
};

void Measure(benchmark::State& state, const wire::Principal& principal, const World& world,
             const std::vector<wire::Access>& accesses) {
  for (auto _ : state) world.identity->Check(principal, accesses);
}

wire::Access ReadObject() {
  return {"s3:GetObject", "arn:aws:s3:::sagemaker-us-east-1-123456789012/data/train.csv", {}, nullptr};
}

void DescribeATrainingJob(benchmark::State& state) {
  const World world;
  Measure(state, world.principal, world,
          {{"sagemaker:DescribeTrainingJob", "arn:aws:sagemaker:us-east-1:123456789012:training-job/j", {}, nullptr}});
}
BENCHMARK(DescribeATrainingJob);

void ReadAnObject(benchmark::State& state) {
  const World world;
  Measure(state, world.principal, world, {ReadObject()});
}
BENCHMARK(ReadAnObject);

void ReadAnObjectInASession(benchmark::State& state) {
  const World world;
  wire::Principal session = world.principal;
  session.session_policy = ParseJson(kAll);
  Measure(state, session, world, {ReadObject()});
}
BENCHMARK(ReadAnObjectInASession);

void ReadAnObjectBesideABucketPolicy(benchmark::State& state) {
  const World world;
  wire::Access access = ReadObject();
  access.resource_policy = ParseJson(
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*",
      "Condition":{"Bool":{"aws:SecureTransport":"false"}}},{"Effect":"Allow","Principal":{"AWS":"123456789012"},
      "Action":"s3:GetObject","Resource":"arn:aws:s3:::sagemaker-us-east-1-123456789012/*"}]})");
  Measure(state, world.principal, world, {access});
}
BENCHMARK(ReadAnObjectBesideABucketPolicy);

}  // namespace
}  // namespace sagebrush::identity

BENCHMARK_MAIN();
