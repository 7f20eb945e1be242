#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "wire/call.h"
#include "wire/call_listener.h"

namespace sagebrush::wire {

// The one way to an operation: whatever is asked of the server, over HTTP (gateway/) or by its own parts, is held
// against the service model, authorised and handled here. Safe to call from any thread.
class Api {
 public:
  // All outlive it. `operations` may be filled until the first call; `listener` hears of every call (nullptr: nobody).
  Api(const OperationTable& operations, const Authorizer& authorizer, CallListener* listener = nullptr)
      : operations_(operations), authorizer_(authorizer), listener_(listener) {}

  // What a client of the operation would get, without HTTP. `input` and the result have the form of Call::input.
  // `principal` is a service on behalf of a role mostly (identity::Identity::AssumeServiceRole): its policies decide,
  // and conditions on what only HTTP has (aws:SourceIp, aws:UserAgent, ...) find nothing.
  // Runs on this thread and may block as the operation does. What it has done when it returns is as durable as for a
  // client. Throws the Error that a client would get; also for operations whose payload is a stream and for those that
  // answer later (InvokeEndpoint), which only HTTP carries.
  Json Call(Principal principal, std::string region, std::string_view service, std::string_view operation, Json input,
            std::stop_token stop = {}) const;

  // Throws Error(kUnknownOperation) when the operation is not built.
  const OperationEntry& Find(const Operation& operation) const;

  // The input keeps every constraint of the model and the principal may do what the access rule names, or it throws
  // Error. To be called before the handler. Does not block.
  void Admit(const wire::Call& call, const OperationEntry& entry) const;

  // A call has ended. Whoever finds an operation and runs it says so; Call does.
  void Tell(const CallOutcome& outcome) const {
    if (listener_ != nullptr) listener_->OnCall(outcome);
  }
  // Whether anybody makes anything of Tell for calls of the operation.
  bool IsHeard(const Operation& operation) const { return listener_ != nullptr && listener_->Hears(operation); }

 private:
  Json Run(wire::Call& call, Json input) const;

  const OperationTable& operations_;
  const Authorizer& authorizer_;
  CallListener* const listener_;
};

}  // namespace sagebrush::wire
