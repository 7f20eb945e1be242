// links: gateway sagemaker inference events reconcile telemetry identity objects runtime store wire
// Any operation of the server, with input that its model lets through, so that it reaches behind validation: a few
// calls one after the other, which know what those before them answered. No call may end in a failure of the server's
// own, and each output must be one that can be written. What calls make stays for later inputs, for a while.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <cstdio>
#include <typeinfo>

#include "model_document.h"
#include "whole_server.h"

namespace {
using namespace sagebrush;

struct Target {
  const wire::Service* service;
  const wire::Operation* operation;
};

// All that runs on a thread of the pool or the loop; asynchronous ones talk to a model server.
std::vector<Target> Targets(const wire::OperationTable& table) {
  std::vector<Target> targets;
  for (const auto& [id, operations] : table.entries()) {
    const wire::Service* service = wire::FindService(id);
    for (const auto& [name, entry] : operations) {
      if (entry.handler) targets.push_back({service, service->FindOperation(name)});
    }
  }
  return targets;
}

[[noreturn]] void Report(const Target& target, const Json& input, const char* type, const char* what) {
  std::fprintf(stderr, "%s:%s\n%s\n%s: %s\n", std::string(target.service->id).c_str(),
               std::string(target.operation->name).c_str(), ToText(input).c_str(), type, what);
  __builtin_trap();
}

void CallOne(fuzz::WholeServer& server, const Target& target, fuzz::DocumentMaker& documents, std::string_view body) {
  const wire::Shape shape = target.operation->input();
  const Json input = shape ? documents.Make(shape) : Json(JsonObject());
  try {
    documents.Learn(server.Call(*target.service, *target.operation, input, body));
  } catch (const Error& error) {
    if (error.kind().http_status == 500) Report(target, input, "Error", error.what());
  } catch (const std::exception& error) {
    Report(target, input, typeid(error).name(), error.what());
  }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr int kInputsMax = 2000;
  constexpr int kCallsMax = 6;
  static std::unique_ptr<fuzz::WholeServer> server;
  static std::vector<Target> targets;
  static int inputs = 0;
  if (inputs++ % kInputsMax == 0) {
    server.reset();
    server = std::make_unique<fuzz::WholeServer>();
    targets = Targets(server->operations());
  }
  FuzzedDataProvider choices(data, size);
  fuzz::DocumentMaker documents(choices);
  for (int calls = 0; calls < kCallsMax && choices.remaining_bytes() > 0; ++calls) {
    const Target& target = targets[choices.ConsumeIntegralInRange<std::size_t>(0, targets.size() - 1)];
    const std::string body = choices.ConsumeRandomLengthString(64);
    CallOne(*server, target, documents, body);
  }
  return 0;
}
