// links: gateway inference
// DescribeTrainingJob and InvokeEndpoint through the whole gateway (SigV4 checked, validated, serialised; no IAM, no
// store), loaded by wrk on the same machine. usage: gateway_load [seconds] [connections]
// The model server of the InvokeEndpoint run is a thread that answers at once, so its cost is in the figures.
#include <sys/resource.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "base/file.h"
#include "gateway/dispatcher.h"
#include "gateway/gateway.h"
#include "inference/fake_model.h"
#include "inference/runtime_operations.h"
#include "wire/sigv4.h"

namespace sagebrush {
namespace {

const wire::Credentials kKey{"AKIDEXAMPLE", "secret", ""};

class AllowAll : public wire::Authorizer {
 public:
  void Check(const wire::Call&, const std::vector<wire::Access>&) const override {}
  void Check(const wire::Principal&, const std::vector<wire::Access>&) const override {}
  std::string PinPolicy(std::string_view text) const override { return std::string(text); }
  std::string ShowPolicy(std::string_view pinned) const override { return std::string(pinned); }
};

gateway::Caller Authenticate(const wire::HttpRequest& request, std::optional<wire::Signature> signature, Time now) {
  gateway::Caller caller;
  caller.signature = std::move(signature);
  caller.secret_key = kKey.secret_key;
  caller.principal.account = "123456789012";
  if (caller.signature) wire::CheckSignature(request, *caller.signature, caller.secret_key, now);
  return caller;
}

JsonObject TrainingJob() {
  JsonObject job{{"TrainingJobName", "job"},
                 {"TrainingJobArn", "arn:aws:sagemaker:us-east-1:123456789012:training-job/job"},
                 {"TrainingJobStatus", "Completed"},
                 {"SecondaryStatus", "Completed"},
                 {"CreationTime", 1'700'000'000.5}};
  JsonObject parameters;
  for (int i = 0; i < 12; ++i) parameters[fmt::format("parameter_{}", i)] = "0.5";
  job["HyperParameters"] = std::move(parameters);
  return job;
}

double CpuMicroseconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto micros = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return micros(usage.ru_utime) + micros(usage.ru_stime);
}

std::string WrkScript(const wire::HttpRequest& request) {
  std::string script = fmt::format("wrk.method = \"{}\"\nwrk.body = [[{}]]\n", request.method, request.body);
  for (const auto& [name, value] : request.headers) {
    if (name != "host") script += fmt::format("wrk.headers[\"{}\"] = [[{}]]\n", name, value);
  }
  script += "function response(status, headers, body) if status ~= 200 then print(body) os.exit(1) end end\n";
  return script;
}

void Load(const std::string& what, const std::string& address, wire::HttpRequest request, const std::string& seconds,
          const std::string& connections) {
  request.headers.Set("host", address);
  wire::SignRequest(request, kKey, "us-east-1", "sagemaker", SystemClock().Now());
  const TemporaryDirectory directory;
  const std::string script = (directory.path() / "request.lua").string();
  std::ofstream(script) << WrkScript(request);
  const double before = CpuMicroseconds();
  std::FILE* wrk = ::popen(fmt::format("wrk -t1 -c{} -d{}s --latency -s {} http://{}{}", connections, seconds, script,
                                       address, request.target)
                               .c_str(),
                           "r");
  std::string output(4096, '\0');
  output.resize(std::fread(output.data(), 1, output.size(), wrk));
  ::pclose(wrk);
  const double cpu = CpuMicroseconds() - before;
  const std::size_t count = output.find(" requests in ");
  const double requests = count == std::string::npos ? 1 : std::stod(output.substr(output.rfind('\n', count) + 1));
  fmt::print("--- {}: server CPU {:.1f} us a request\n{}\n", what, cpu / requests, output);
}

int Run(int count, char** arguments) {
  const std::string seconds = count > 1 ? arguments[1] : "5";
  const std::string connections = count > 2 ? arguments[2] : "8";
  inference::FakeRuntime runtime;
  runtime.Serve("w", [](const std::string&) {
    return std::string("HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: 8\r\n\r\n0.123456");
  });
  inference::Router router(runtime);
  router.SetRoute("123456789012", "us-east-1", "e", {{{"AllTraffic", 1, {{"w", {{"w"}}}}}}, {}});
  wire::OperationTable operations;
  inference::AddRuntimeOperations(operations, router);
  operations.Add("sagemaker", "DescribeTrainingJob",
                 {[job = TrainingJob()](wire::Call&) { return Json(job); },
                  [](const wire::Call&) { return std::vector<wire::Access>{{"sagemaker:DescribeTrainingJob", "*"}}; },
                  wire::RunsOn::kIoThread});
  const AllowAll authorizer;
  const wire::Api api(operations, authorizer);
  const SystemClock clock;
  gateway::Gateway gateway({}, std::make_unique<gateway::Dispatcher>(api, Authenticate, clock, "us-east-1"), clock);
  gateway.Start();

  wire::HttpRequest describe;
  describe.method = "POST";
  describe.target = "/";
  describe.body = R"({"TrainingJobName": "job"})";
  describe.headers.Set("x-amz-target", "SageMaker.DescribeTrainingJob");
  describe.headers.Set("content-type", "application/x-amz-json-1.1");
  Load("DescribeTrainingJob", gateway.Address(), describe, seconds, connections);

  wire::HttpRequest invoke;
  invoke.method = "POST";
  invoke.target = "/endpoints/e/invocations";
  for (int i = 0; i < 30; ++i) invoke.body += fmt::format("{}0.{}5", i == 0 ? "" : ",", i);
  invoke.headers.Set("content-type", "text/csv");
  Load("InvokeEndpoint", gateway.Address(), invoke, seconds, connections);
  return 0;
}

}  // namespace
}  // namespace sagebrush

int main(int count, char** arguments) { return sagebrush::Run(count, arguments); }
