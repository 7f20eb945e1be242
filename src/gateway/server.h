#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include <boost/asio/ssl/context.hpp>

#include "base/worker_pool.h"
#include "gateway/certificates.h"
#include "gateway/io_thread.h"
#include "gateway/options.h"
#include "gateway/responder.h"

namespace sagebrush::gateway {

// What the threads and connections of one gateway share.
struct Server {
  Server(Options given, const Responder& answers) : options(std::move(given)), responder(answers) {}

  const Options options;
  const Responder& responder;
  std::unique_ptr<Certificates> certificates;  // Null: no TLS.
  std::optional<asio::ssl::context> tls;
  // Streamed bodies come as slowly as their clients send, so they have threads of their own.
  WorkerPool pool{32, 4096};
  WorkerPool streaming_pool{128, 256};
  std::stop_source stop;
  std::atomic<bool> draining{false};

  std::atomic<std::size_t> connections{0};
  std::mutex mutex;
  std::condition_variable connection_ended;

  std::vector<std::unique_ptr<IoThread>> threads;  // Last: connections use all of the above.
};

}  // namespace sagebrush::gateway
