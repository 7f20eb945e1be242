#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file.h"

namespace sagebrush::gateway {

struct Options {
  std::string listen = "127.0.0.1:0";  // Address and port of the plain listener; port 0: the system picks one.
  std::string listen_tls;              // Empty: no TLS listener.
  Path tls_directory;                  // The local CA lives here; made at first start.
  std::string region = "us-east-1";    // Of requests that are not signed.
  int threads = 0;                     // I/O threads; 0: one a core.
  bool proxy = true;  // Answer CONNECT: *.amazonaws.com is us, public addresses are tunnelled to for local clients.
  std::vector<std::string> proxy_clients;  // Others that it tunnels for: networks, "jobs".

  // Limits on what one client can use up.
  std::uint32_t head_bytes_max = 64 * 1024;
  std::size_t header_count_max = 200;
  std::size_t body_bytes_max = 8 * 1024 * 1024;  // Of bodies held in memory; streamed ones have no limit.
  std::size_t connections_max = 10'000;          // As far as the process may open so many files.
  std::size_t connections_per_peer_max = 5'000;
  std::size_t requests_per_key_max = 2'048;  // At work or waiting for a thread, not those that stream.
  std::size_t uploads_max = 512;             // Streamed bodies under way.
  std::size_t uploads_per_key_max = 384;
  Milliseconds upload_stall_min{1'000};            // Without a byte, before an upload may be ended for another's sake.
  std::uint64_t body_bytes_per_second_min = 1024;  // Of a streamed body, once `body_grace` is used up.
  Milliseconds body_grace{60'000};
  Milliseconds idle_max{120'000};       // Between two requests.
  Milliseconds head_time_max{30'000};   // From the first byte of a request to the end of its head.
  Milliseconds body_time_max{120'000};  // For a body held in memory.
  Milliseconds stall_max{60'000};       // Between two pieces of a streamed body, and of a reply.
  Milliseconds drain_max{5'000};        // What Stop gives to requests under way.
};

}  // namespace sagebrush::gateway
