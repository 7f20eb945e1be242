// links: audit
// What an event of the audit trail costs the request that it tells of.
#include <benchmark/benchmark.h>

#include "audit/audit_trail.h"
#include "wire/model.h"

namespace sagebrush::audit {
namespace {

void TellOfARequest(benchmark::State& state, const char* operation, const Json& input, const Json& output) {
  const TemporaryDirectory directory;
  const SystemClock clock;
  AuditTrail trail(directory.path() / "audit", clock, {});
  const wire::Principal principal{.account = "123456789012",
                                  .arn = "arn:aws:iam::123456789012:user/joe",
                                  .user_id = "AIDAAAAAAAAAAAAAAAAAA",
                                  .access_key_id = "AKIAAAAAAAAAAAAAAAAA",
                                  .identity_arn = "arn:aws:iam::123456789012:user/joe"};
  wire::HttpRequest http{.method = "POST", .target = "/"};
  http.peer_address = "127.0.0.1";
  http.headers.Set("user-agent",
                   "Boto3/1.40.0 md/Botocore#1.40.0 ua/2.1 os/linux#6.1 md/arch#x86_64 lang/python#3.11.7");
  wire::CallOutcome outcome;
  outcome.service = wire::FindService("sagemaker");
  outcome.operation = outcome.service->FindOperation(operation);
  outcome.principal = &principal;
  outcome.input = &input;
  outcome.output = &output;
  outcome.http = &http;
  outcome.region = "us-east-1";
  outcome.request_id = "3f1c9c1e-7d0c-4d0a-9b55-0d5ab3e5a0b1";
  for (auto _ : state) trail.OnCall(outcome);
}

void DescribeTrainingJob(benchmark::State& state) {
  TellOfARequest(state, "DescribeTrainingJob", JsonObject{{"TrainingJobName", "xgboost-2026-11-21-07-07-08-123"}}, {});
}
BENCHMARK(DescribeTrainingJob);

void CreateModel(benchmark::State& state) {
  TellOfARequest(
      state, "CreateModel",
      JsonObject{{"ModelName", "xgboost-2026-11-21-07-07-08-123"},
                 {"ExecutionRoleArn", "arn:aws:iam::123456789012:role/SageMakerRole"},
                 {"PrimaryContainer",
                  JsonObject{{"Image", "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"},
                             {"ModelDataUrl", "s3://sagemaker-us-east-1-123456789012/model.tar.gz"}}}},
      JsonObject{{"ModelArn", "arn:aws:sagemaker:us-east-1:123456789012:model/m"}});
}
BENCHMARK(CreateModel);

}  // namespace
}  // namespace sagebrush::audit

BENCHMARK_MAIN();
