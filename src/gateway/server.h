#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include <boost/asio/ssl/context.hpp>

#include "base/worker_pool.h"
#include "gateway/certificates.h"
#include "gateway/io_thread.h"
#include "gateway/options.h"
#include "gateway/places.h"
#include "gateway/proxy_rules.h"
#include "gateway/refusals.h"
#include "gateway/responder.h"
#include "gateway/sites.h"
#include "gateway/uploads.h"

namespace sagebrush::gateway {

// What the threads and connections of one gateway share.
struct Server {
  Server(Options given, const Responder& answers)
      : options(std::move(given)),
        proxy_clients(options.proxy_clients),
        responder(answers),
        connections(options.connections_max, options.connections_per_peer_max),
        requests(kRequestsMax, options.requests_per_key_max),
        uploads(options.uploads_max, options.uploads_per_key_max, options.upload_stall_min, refusals),
        streaming_pool(options.uploads_max + kUploadsEnding, options.uploads_max) {}

  const Options options;
  const ProxyClients proxy_clients;
  const Responder& responder;
  Sites sites;                                 // Complete before the first connection.
  std::unique_ptr<Certificates> certificates;  // Null: no TLS.
  std::optional<asio::ssl::context> tls;

  static constexpr std::size_t kRequestsMax = 4096;  // On the pool or waiting for it.
  static constexpr std::size_t kUploadsEnding = 32;  // Threads of uploads that were ended and have not noticed yet.
  Refusals refusals;
  Places connections;  // By address.
  Places requests;     // By key.
  Uploads uploads;
  // Streamed bodies come as slowly as their clients send, so they have threads of their own: one for each upload.
  WorkerPool pool{32, kRequestsMax};
  WorkerPool streaming_pool;
  std::stop_source stop;
  std::atomic<bool> draining{false};

  std::vector<std::unique_ptr<IoThread>> threads;  // Last: connections use all of the above.
};

}  // namespace sagebrush::gateway
