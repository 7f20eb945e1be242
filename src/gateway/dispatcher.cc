#include "gateway/dispatcher.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/memory_only.h"
#include "gateway/failure.h"
#include "gateway/text_reader.h"
#include "wire/model.h"
#include "wire/sigv4_error.h"

namespace sagebrush::gateway {
namespace {

constexpr std::size_t kOutputBytes = 32 * 1024;  // What is larger goes to the heap.

// A form of S3's own; elsewhere it would be a body that nobody signed.
bool IsAwsChunked(const Exchange& exchange) {
  return exchange.route.service->id == "s3" &&
         exchange.http.headers.GetOr("x-amz-content-sha256", "").starts_with("STREAMING-");
}

// The service named by the credential scope, in the header or in the query, whether or not the signature is right.
std::string ClaimedSigningName(const wire::HttpRequest& request) {
  std::string text(request.headers.GetOr("authorization", ""));
  const std::size_t start = std::min(text.find("Credential="), text.size());
  text.erase(0, start);
  for (const auto& [name, value] : wire::ParseQuery(request.QueryString(), true)) {
    if (name == "AWSAccessKeyId") return "s3";  // Version 2, which nothing else has.
    if (name == "X-Amz-Credential" && text.empty()) text = value;
  }
  const std::size_t end = text.find("/aws4_request");
  if (end == std::string::npos || end == 0) return "";
  const std::size_t slash = text.rfind('/', end - 1);
  return slash == std::string::npos ? "" : text.substr(slash + 1, end - slash - 1);
}

// For errors that come before routing: the reply should still be in a form that the client can read.
wire::Route GuessRoute(const Exchange& exchange) {
  if (exchange.route.service != nullptr) return exchange.route;
  if (exchange.http.method.empty()) return {};
  const std::string name = ClaimedSigningName(exchange.http);
  const wire::Route route = wire::RecogniseService(exchange.http, name);
  if (route.service != nullptr) return route;
  for (const wire::Service* service : wire::Services()) {
    if (service->signing_name == name) return {service, nullptr, service->protocols.front()};
  }
  return {};
}

}  // namespace

Dispatcher::Dispatcher(const wire::Api& api, Authenticator authenticate, const Clock& clock, std::string default_region,
                       const CrossOrigin* cross_origin)
    : api_(api),
      authenticate_(std::move(authenticate)),
      clock_(clock),
      default_region_(std::move(default_region)),
      cross_origin_(cross_origin) {}

BodyUse Dispatcher::Begin(Exchange& exchange) const {
  exchange.signature = wire::ReadSignature(exchange.http);
  const auto& signature = exchange.signature;
  if (signature && wire::SignsBody(exchange.http, *signature)) return BodyUse::kWhole;
  const bool is_s3 = wire::FamilyOf(exchange.http, signature ? signature->service : "") == wire::ErrorFamily::kS3;
  Authenticate(exchange);
  if (!is_s3) return BodyUse::kWhole;  // The operation may be named in the body.
  FindOperation(exchange);
  return exchange.route.operation->streams_input ? BodyUse::kStreamed : BodyUse::kWhole;
}

void Dispatcher::Resume(Exchange& exchange) const {
  if (!exchange.caller) Authenticate(exchange);
  if (exchange.entry == nullptr) FindOperation(exchange);
  if (!IsAwsChunked(exchange)) return wire::CheckBody(exchange.http);
  const Caller& caller = *exchange.caller;
  const auto decoded = wire::DecodeBody(exchange.http, caller.signature ? &*caller.signature : nullptr,
                                        caller.secret_key, std::make_unique<TextReader>(std::move(exchange.http.body)));
  exchange.http.body.clear();
  std::string piece(64 * 1024, '\0');
  while (const std::size_t count = decoded->Read(piece.data(), piece.size()))
    exchange.http.body.append(piece, 0, count);
}

void Dispatcher::Authenticate(Exchange& exchange) const {
  exchange.caller = authenticate_(exchange.http, std::move(exchange.signature), clock_.Now());
  exchange.signature.reset();
}

void Dispatcher::FindOperation(Exchange& exchange) const {
  const auto& signature = exchange.caller->signature;
  exchange.route = wire::FindRoute(exchange.http, signature ? &*signature : nullptr);
  exchange.entry = &api_.Find(*exchange.route.operation);
}

wire::Call Dispatcher::MakeCall(Exchange& exchange, wire::BodyReader* body, std::stop_token stop) const {
  Caller& caller = *exchange.caller;
  return {*exchange.route.service,
          *exchange.route.operation,
          wire::ReadInput(exchange.route, exchange.http),
          std::move(caller.principal),  // The call's from here on.
          caller.signature ? caller.signature->region : default_region_,
          exchange.request_id,
          &exchange.http,
          body,
          std::move(stop)};
}

wire::HttpReply Dispatcher::Run(Exchange& exchange, std::unique_ptr<wire::BodyReader> body,
                                std::stop_token stop) const {
  std::optional<wire::Call> call;
  try {
    std::unique_ptr<wire::BodyReader> decoded;
    if (body) {
      const Caller& caller = *exchange.caller;
      decoded = wire::DecodeBody(exchange.http, caller.signature ? &*caller.signature : nullptr, caller.secret_key,
                                 std::move(body));
    }
    call.emplace(MakeCall(exchange, decoded.get(), std::move(stop)));
    api_.Admit(*call, *exchange.entry);
    std::array<unsigned char, kOutputBytes> buffer;
    boost::json::monotonic_resource memory(buffer.data(), buffer.size());
    call->output_memory = &memory;
    const Json output = exchange.entry->handler(*call);
    wire::HttpReply reply = Allowing(exchange, wire::WriteOutput(exchange.route, output, *call));
    Finish(exchange, *call, output);
    return reply;
  } catch (const MustWait&) {
    if (call) exchange.caller->principal = std::move(call->principal);  // For the next try.
    throw;
  } catch (...) {
    return Refuse(exchange, call ? &*call : nullptr, std::current_exception());
  }
}

void Dispatcher::RunAsync(Exchange& exchange, boost::asio::io_context& loop,
                          std::function<void(wire::HttpReply)> done) const {
  std::shared_ptr<wire::Call> call;
  try {
    call = std::make_shared<wire::Call>(MakeCall(exchange, nullptr, {}));
    api_.Admit(*call, *exchange.entry);
    call->loop = &loop;
    exchange.entry->async_handler(*call, [this, call, &exchange, done](std::exception_ptr failure, Json output) {
      if (failure) return done(Refuse(exchange, call.get(), failure));
      try {
        wire::HttpReply reply = wire::WriteOutput(exchange.route, output, *call);
        Finish(exchange, *call, output);
        done(std::move(reply));
      } catch (...) {
        done(Refuse(exchange, call.get(), std::current_exception()));
      }
    });
  } catch (...) {
    done(Refuse(exchange, call.get(), std::current_exception()));
  }
}

void Dispatcher::Finish(const Exchange& exchange, const wire::Call& call, const Json& output) const {
  api_.Tell({.service = &call.service,
             .operation = &call.operation,
             .principal = &call.principal,
             .input = &call.input,
             .output = &output,
             .http = &exchange.http,
             .region = call.region,
             .request_id = call.request_id});
}

wire::HttpReply Dispatcher::Fail(const Exchange& exchange, std::exception_ptr failure) const {
  return Refuse(exchange, nullptr, std::move(failure));
}

wire::HttpReply Dispatcher::Refuse(const Exchange& exchange, const wire::Call* call, std::exception_ptr failure) const {
  const std::string_view operation = exchange.route.operation ? exchange.route.operation->name : "before routing";
  const Error told = ToldOf(failure, exchange.request_id, operation);
  const wire::Route route = GuessRoute(exchange);
  wire::HttpReply reply = Allowing(exchange, wire::WriteError(route, exchange.http, told, exchange.request_id));
  const std::string message = AuthorizationMessageOf(failure);
  if (!message.empty()) reply.headers.Set(kAuthorizationMessageHeader, message);
  wire::CallOutcome outcome{.service = route.service,
                            .operation = route.operation,
                            .failure = &told,
                            .http = &exchange.http,
                            .region = default_region_,
                            .request_id = exchange.request_id};
  if (call != nullptr) {
    outcome.principal = &call->principal;
    outcome.input = &call->input;
    outcome.region = call->region;
  } else if (exchange.caller) {
    outcome.principal = &exchange.caller->principal;
  }
  api_.Tell(outcome);
  return reply;
}

wire::HttpReply Dispatcher::Allowing(const Exchange& exchange, wire::HttpReply reply) const {
  if (cross_origin_ == nullptr || !exchange.http.headers.Get("origin")) return reply;
  const wire::Service* const service = GuessRoute(exchange).service;
  if (service != nullptr && service->id == "s3") cross_origin_->Allow(exchange.http, reply);
  return reply;
}

}  // namespace sagebrush::gateway
