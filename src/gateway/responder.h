#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "wire/call.h"
#include "wire/http.h"
#include "wire/protocol.h"
#include "wire/sigv4.h"

namespace sagebrush::gateway {

// Who sent a request, and what is needed to check the rest of it.
struct Caller {
  wire::Principal principal;
  std::optional<wire::Signature> signature;  // nullopt: not signed; the principal is then the anonymous one.
  std::string secret_key;
};

// One request on its way: what has been learned about it so far.
struct Exchange {
  wire::HttpRequest http;
  std::string request_id;
  std::optional<wire::Signature> signature;  // As read; in `caller` once it was checked.
  std::optional<Caller> caller;
  wire::Route route;
  const wire::OperationEntry* entry = nullptr;
};

enum class BodyUse { kWhole, kStreamed };

// What becomes of a request: between the connections, which know HTTP, and the operations, which know AWS.
// Safe to call from any thread; one exchange is used by one thread at a time.
class Responder {
 public:
  virtual ~Responder() = default;

  // The head is there and the body is not. Says how the body is to be taken. Throws Error.
  virtual BodyUse Begin(Exchange& exchange) const = 0;
  // The body is in `exchange.http.body`. Afterwards `exchange.entry` tells where to run. Throws Error.
  virtual void Resume(Exchange& exchange) const = 0;
  // Runs the operation on this thread and writes its reply or its error; `body` is set for kStreamed. Where a
  // MemoryOnly lives it may throw MustWait: then it is to be called again where there is none.
  virtual wire::HttpReply Run(Exchange& exchange, std::unique_ptr<wire::BodyReader> body,
                              std::stop_token stop) const = 0;
  // Begins an operation that has an async_handler; `done` is called once, on this thread, with the reply.
  virtual void RunAsync(Exchange& exchange, boost::asio::io_context& loop,
                        std::function<void(wire::HttpReply)> done) const = 0;
  // The reply for what ended the exchange. Logs what is our own fault, under its request id.
  virtual wire::HttpReply Fail(const Exchange& exchange, std::exception_ptr failure) const = 0;
};

}  // namespace sagebrush::gateway
