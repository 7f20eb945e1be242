#include "wire/api.h"

#include <utility>

#include <fmt/format.h>

#include "base/id.h"
#include "wire/json_protocol.h"
#include "wire/model.h"
#include "wire/protocol.h"

namespace sagebrush::wire {
namespace {

[[noreturn]] void ThrowNotBuilt(std::string_view service, std::string_view operation, std::string_view reason = {}) {
  throw Error(kUnknownOperation, fmt::format("The operation {} of the service {} is not built in this server.{}{}",
                                             operation, service, reason.empty() ? "" : " ", reason));
}

const Operation& OperationNamed(std::string_view service_id, std::string_view name) {
  const Service* const service = FindService(service_id);
  const Operation* const operation = service == nullptr ? nullptr : service->FindOperation(name);
  if (operation == nullptr) ThrowNotBuilt(service_id, name);
  return *operation;
}

void RequireDocuments(const Operation& operation, const OperationEntry& entry) {
  if (!entry.async_handler && !operation.streams_input && !operation.streams_output && !operation.event_stream_output)
    return;
  throw Error(kValidation, fmt::format("The operation {} of the service {} can be called over HTTP only: it takes or "
                                       "gives a stream, or answers later.",
                                       operation.name, operation.service->id));
}

// As a client reads it: what the model lacks is left out.
Json ConformOutput(const Operation& operation, Json output) {
  const Shape shape = operation.output();
  if (!shape || output.is_null()) return JsonObject();
  try {
    ConformDocument(shape, output);
  } catch (const Error& error) {  // A bug of the handler, not the caller's doing.
    throw Error(kInternalFailure, fmt::format("The output of {} breaks its model: {}", operation.name, error.what()));
  }
  return output;
}

}  // namespace

const OperationEntry& Api::Find(const Operation& operation) const {
  const OperationEntry* const entry = operations_.Find(operation.service->id, operation.name);
  if (entry == nullptr) {
    ThrowNotBuilt(operation.service->id, operation.name, operations_.Reason(operation.service->id, operation.name));
  }
  return *entry;
}

void Api::Admit(const wire::Call& call, const OperationEntry& entry) const {
  CheckInput(call.operation, call.input);
  if (entry.access) authorizer_.Check(call, entry.access(call));
}

Json Api::Run(wire::Call& call, Json input) const {
  const OperationEntry& entry = Find(call.operation);
  RequireDocuments(call.operation, entry);
  // Types, as a protocol's reader would find them; the rest is for Admit.
  if (const Shape shape = call.operation.input()) {
    ConformDocument(shape, input);
  } else {
    input = JsonObject();
  }
  call.input = std::move(input);
  Admit(call, entry);
  return ConformOutput(call.operation, entry.handler(call));
}

Json Api::Call(Principal principal, std::string region, std::string_view service, std::string_view operation_name,
               Json input, std::stop_token stop) const {
  const Operation& operation = OperationNamed(service, operation_name);
  wire::Call call{.service = *operation.service,
                  .operation = operation,
                  .input = JsonObject(),
                  .principal = std::move(principal),
                  .region = std::move(region),
                  .request_id = NewUuid(),
                  .stop = std::move(stop)};
  CallOutcome outcome{.service = operation.service,
                      .operation = &operation,
                      .principal = &call.principal,
                      .input = &call.input,
                      .region = call.region,
                      .request_id = call.request_id};
  try {
    Json output = Run(call, std::move(input));
    outcome.output = &output;
    Tell(outcome);
    return output;
  } catch (const Error& error) {
    outcome.failure = &error;
    Tell(outcome);
    throw;
  }
}

}  // namespace sagebrush::wire
