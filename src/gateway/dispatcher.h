#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "gateway/cross_origin.h"
#include "gateway/responder.h"
#include "wire/api.h"

namespace sagebrush::gateway {

// Tells who sent a request and checks its signature, which was read from it. Throws Error. Safe to call from any
// thread; does not block.
using Authenticator =
    std::function<Caller(const wire::HttpRequest& request, std::optional<wire::Signature> signature, Time now)>;

// Takes a request through its steps: authenticate, route, read, validate and authorise (wire::Api), run, write the
// reply. The arguments outlive it.
class Dispatcher : public Responder {
 public:
  // `cross_origin` null: no page of another origin reads anything.
  Dispatcher(const wire::Api& api, Authenticator authenticate, const Clock& clock, std::string default_region,
             const CrossOrigin* cross_origin = nullptr);

  BodyUse Begin(Exchange& exchange) const override;
  void Resume(Exchange& exchange) const override;
  wire::HttpReply Run(Exchange& exchange, std::unique_ptr<wire::BodyReader> body, std::stop_token stop) const override;
  void RunAsync(Exchange& exchange, boost::asio::io_context& loop,
                std::function<void(wire::HttpReply)> done) const override;
  wire::HttpReply Fail(const Exchange& exchange, std::exception_ptr failure) const override;

 private:
  void Authenticate(Exchange& exchange) const;
  void FindOperation(Exchange& exchange) const;
  // The same reply, for pages of other origins where they may read it.
  wire::HttpReply Allowing(const Exchange& exchange, wire::HttpReply reply) const;
  wire::Call MakeCall(Exchange& exchange, wire::BodyReader* body, std::stop_token stop) const;
  void Finish(const Exchange& exchange, const wire::Call& call, const Json& output) const;
  // The reply for what ended the exchange, which is told; `call` nullptr: before there was one.
  wire::HttpReply Refuse(const Exchange& exchange, const wire::Call* call, std::exception_ptr failure) const;

  const wire::Api& api_;
  const Authenticator authenticate_;
  const Clock& clock_;
  const std::string default_region_;
  const CrossOrigin* const cross_origin_;
};

}  // namespace sagebrush::gateway
