#pragma once

#include <fcntl.h>

#include <atomic>

#include "base/error.h"
#include "gateway/responder.h"

namespace sagebrush::gateway {

// Answers by path, without AWS: what the tests of connections need.
//   /echo     the body, on the I/O thread          /pool   the body, on the pool
//   /upload   streams the body; replies its length /refuse streams, and fails before reading
//   /file     `file`, sent from disk               /early  fails when only the head is there
//   /boom     throws something that is no Error
class FakeResponder : public Responder {
 public:
  wire::FileSlice file;
  mutable std::atomic<std::uint64_t> bytes_read{0};  // By /upload, so far.

  BodyUse Begin(Exchange& exchange) const override {
    const auto path = exchange.http.Path();
    if (path == "/early") throw Error(kValidation, "too early");
    exchange.entry = path == "/pool" ? &pool_ : &io_;
    return path == "/upload" || path == "/refuse" ? BodyUse::kStreamed : BodyUse::kWhole;
  }
  void Resume(Exchange&) const override {}

  wire::HttpReply Run(Exchange& exchange, std::unique_ptr<wire::BodyReader> body, std::stop_token) const override {
    try {
      const auto path = exchange.http.Path();
      wire::HttpReply reply;
      if (path == "/boom") throw std::runtime_error("a bug");
      if (path == "/refuse") throw Error(kAccessDenied, "not you");
      if (path == "/file") {
        reply.body = file;
      } else if (body) {
        reply.body = std::to_string(Count(*body));
      } else {
        reply.body = exchange.http.body;
      }
      return reply;
    } catch (...) {
      return Fail(exchange, std::current_exception());
    }
  }
  void RunAsync(Exchange&, boost::asio::io_context&, std::function<void(wire::HttpReply)>) const override {}

  wire::HttpReply Fail(const Exchange&, std::exception_ptr failure) const override {
    wire::HttpReply reply;
    try {
      std::rethrow_exception(failure);
    } catch (const Error& error) {
      reply.status = error.kind().http_status;
      reply.body = std::string(error.kind().code);
    } catch (...) {
      reply.status = 500;
      reply.body = "InternalFailure";
    }
    return reply;
  }

 private:
  std::uint64_t Count(wire::BodyReader& body) const {
    std::string piece(300'000, '\0');
    std::uint64_t total = 0;
    while (const std::size_t count = body.Read(piece.data(), piece.size())) {
      total += count;
      bytes_read += count;
      bytes_read.notify_all();
    }
    return total;
  }

  wire::OperationEntry io_{{}, {}, wire::RunsOn::kIoThread};
  wire::OperationEntry pool_{{}, {}, wire::RunsOn::kPool};
};

}  // namespace sagebrush::gateway
