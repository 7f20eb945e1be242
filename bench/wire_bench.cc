// links: wire
// What the wire costs a request: routing, reading, validating, writing. Beside it the bare JSON parse of the same
// bytes.
#include <benchmark/benchmark.h>

#include "wire/protocol.h"
#include "wire/validate.h"

namespace sagebrush::wire {
namespace {

HttpRequest JsonRequest(const char* target, std::string body) {
  HttpRequest request{.method = "POST", .target = "/", .body = std::move(body)};
  request.headers.Add("host", "127.0.0.1:8080");
  request.headers.Add("content-type", "application/x-amz-json-1.1");
  request.headers.Add("x-amz-target", target);
  return request;
}

constexpr const char* kCreateTrainingJob = R"({"TrainingJobName":"xgboost-2026-11-21-07-07-08-123",
  "AlgorithmSpecification":{"TrainingImage":"683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1",
  "TrainingInputMode":"File"},"OutputDataConfig":{"S3OutputPath":"s3://sagemaker-us-east-1-123456789012/"},
  "StoppingCondition":{"MaxRuntimeInSeconds":86400},
  "ResourceConfig":{"InstanceCount":1,"InstanceType":"ml.m5.large","VolumeSizeInGB":30},
  "RoleArn":"arn:aws:iam::123456789012:role/SageMakerRole",
  "InputDataConfig":[{"DataSource":{"S3DataSource":{"S3DataType":"S3Prefix",
  "S3Uri":"s3://sagemaker-us-east-1-123456789012/data/train.csv","S3DataDistributionType":"FullyReplicated"}},
  "ContentType":"text/csv","ChannelName":"train"}],
  "HyperParameters":{"objective":"binary:logistic","num_round":"100","max_depth":"6","eta":"0.3"}})";

Json TrainingJob() {
  Json job = ParseJson(kCreateTrainingJob);
  JsonObject& object = job.get_object();
  object["TrainingJobArn"] = "arn:aws:sagemaker:us-east-1:123456789012:training-job/xgboost-2026-11-21-07-07-08-123";
  object["TrainingJobStatus"] = "Completed";
  object["SecondaryStatus"] = "Completed";
  object["CreationTime"] = 1795244828.123;
  object["LastModifiedTime"] = 1795244829.5;
  JsonArray transitions;
  for (const char* status : {"Starting", "Downloading", "Training", "Uploading", "Completed"}) {
    transitions.push_back(JsonObject{
        {"Status", status}, {"StartTime", 1795244828.123}, {"EndTime", 1795244829.0}, {"StatusMessage", "message"}});
  }
  object["SecondaryStatusTransitions"] = std::move(transitions);
  return job;
}

Json ReadChecked(const Route& route, const HttpRequest& request) {
  Json input = ReadInput(route, request);
  CheckInput(*route.operation, input);
  return input;
}

void DescribeTrainingJob(benchmark::State& state) {
  const HttpRequest request =
      JsonRequest("SageMaker.DescribeTrainingJob", R"({"TrainingJobName":"xgboost-2026-11-21-07-07-08-123"})");
  const Json output = TrainingJob();
  for (auto _ : state) {
    const Route route = FindRouteAsSigned(request, "sagemaker");
    const Json input = ReadChecked(route, request);
    Call call{.service = *route.service, .operation = *route.operation, .input = input, .request_id = "id"};
    benchmark::DoNotOptimize(WriteOutput(route, output, call));
  }
}
BENCHMARK(DescribeTrainingJob);

void CreateTrainingJobInput(benchmark::State& state) {
  const HttpRequest request = JsonRequest("SageMaker.CreateTrainingJob", kCreateTrainingJob);
  for (auto _ : state) benchmark::DoNotOptimize(ReadChecked(FindRouteAsSigned(request, "sagemaker"), request));
}
BENCHMARK(CreateTrainingJobInput);

void CreateTrainingJobParseOnly(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ParseJson(kCreateTrainingJob));
}
BENCHMARK(CreateTrainingJobParseOnly);

void CreateTrainingJobConstraints(benchmark::State& state) {
  const Shape shape = FindService("sagemaker")->FindOperation("CreateTrainingJob")->input();
  const Json document = ParseJson(kCreateTrainingJob);
  for (auto _ : state) CheckConstraints(shape, document);
}
BENCHMARK(CreateTrainingJobConstraints);

void InvokeEndpoint(benchmark::State& state) {
  HttpRequest request{.method = "POST", .target = "/endpoints/my-endpoint/invocations", .body = std::string(200, '1')};
  request.headers.Add("content-type", "text/csv");
  request.headers.Add("host", "127.0.0.1:8080");
  const Json output =
      JsonObject{{"Body", "0.987"}, {"ContentType", "text/csv"}, {"InvokedProductionVariant", "AllTraffic"}};
  for (auto _ : state) {
    const Route route = FindRouteAsSigned(request, "sagemaker");
    const Json input = ReadChecked(route, request);
    Call call{.service = *route.service, .operation = *route.operation, .input = input, .request_id = "id"};
    benchmark::DoNotOptimize(WriteOutput(route, output, call));
  }
}
BENCHMARK(InvokeEndpoint);

void PutObjectInput(benchmark::State& state) {
  HttpRequest request{.method = "PUT", .target = "/bucket/some/key.csv"};
  for (const char* name : {"host", "x-amz-date", "x-amz-content-sha256", "x-amz-checksum-crc32", "authorization"}) {
    request.headers.Add(name, "AAAAAA==");
  }
  for (auto _ : state) benchmark::DoNotOptimize(ReadChecked(FindRouteAsSigned(request, "s3"), request));
}
BENCHMARK(PutObjectInput);

}  // namespace
}  // namespace sagebrush::wire

BENCHMARK_MAIN();
