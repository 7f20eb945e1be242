#pragma once

#include <string>
#include <string_view>

#include "gateway/asio.h"
#include "gateway/stream.h"

namespace sagebrush::gateway {

struct HostPort {
  std::string host;
  std::string port;
};

// "host:port" or "[v6]:port". Throws Error(kBadRequest).
HostPort ParseHostPort(std::string_view target);

// Whether a name is one that AWS's clients use, and that the server answers itself.
bool IsAwsName(std::string_view host);

// Connects to `to`, tells the client so, and carries bytes both ways until one side closes or nothing moved for ten
// minutes. Throws Error when there is no connection, or when `to` has any address that is not public (proxy_rules.h):
// who may use the proxy must reach neither the services of its machine nor those of the networks that this is in.
Task<void> RunTunnel(Stream& client, std::string first_bytes, HostPort to);

// The same with a peer that a site is connected to already, of which the client was told (wire/http.h).
Task<void> RunTunnel(Stream& client, std::string first_bytes, const wire::Tunnel& to);

}  // namespace sagebrush::gateway
