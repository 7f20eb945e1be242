#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "serving/http_message.h"

namespace sagebrush::serving {

// Answers requests. Called by several threads at once.
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;
  // Fills `reply`, which comes as constructed. What it throws becomes status 500.
  virtual void Handle(const Request& request, Reply& reply) = 0;
};

struct HttpLimits {
  std::size_t body_bytes_max = 6 * 1024 * 1024;
  Seconds request_timeout{60};  // For a request to arrive whole, and for a reply to be taken.
  Seconds idle_timeout{600};    // Of a connection between requests.
  Seconds drain_timeout{25};    // SageMaker kills a container 30 s after SIGTERM.
};

// A small HTTP/1.1 server: keep-alive, pipelining, chunked bodies, Expect: 100-continue. Each of its threads has an
// epoll loop and runs the handler itself, so a handler should not block. Malformed input gets a 4xx and the end of its
// connection.
class HttpServer {
 public:
  // Listens when it returns. `port` 0: the system picks one. Throws Error that names the address.
  HttpServer(RequestHandler& handler, const std::string& address, std::uint16_t port, int threads,
             const HttpLimits& limits);
  // Stops if it was not.
  ~HttpServer();

  std::uint16_t port() const { return port_; }

  // Accepts no more, lets requests that have begun end, closes the connections and returns.
  void Stop();

 private:
  class Connection;
  class Worker;

  void Hand(FileDescriptor socket, Worker& accepted_by);

  RequestHandler& handler_;
  HttpLimits limits_;
  FileDescriptor listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
};

}  // namespace sagebrush::serving
