#include "gateway/tunnel.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"
#include "gateway/proxy_rules.h"
#include "wire/http_parser.h"

namespace sagebrush::gateway {
namespace {

using asio::ip::tcp;
using Resolver = asio::ip::basic_resolver<tcp, Executor>;

constexpr Milliseconds kQuietMax{600'000};
constexpr Milliseconds kConnectMax{15'000};
constexpr ErrorKind kBadGateway{"BadGateway", 502, Fault::kServer};

// All answers are looked at before the first is tried, and the name is not asked for again: what was allowed is what is
// connected to.
Task<Socket> ConnectTo(Executor executor, HostPort to) {
  Resolver resolver(executor);
  const auto [failure, found] = co_await resolver.async_resolve(to.host, to.port, kAwait);
  std::string reason = failure ? failure.message() : "no address";
  const auto own = OwnAddresses();
  for (const auto& entry : found) {
    const std::string_view why_not = WhyNotTo(entry.endpoint().address(), own);
    if (why_not.empty()) continue;
    throw Error(kAccessDenied, fmt::format("The proxy does not connect to {}: {}.", to.host, why_not));
  }
  for (const auto& entry : found) {
    Socket socket(executor);
    const auto [refused] = co_await socket.async_connect(entry.endpoint(), kAwait);
    if (!refused) co_return socket;
    reason = refused.message();
  }
  throw Error(kBadGateway, "The proxy cannot connect to " + to.host + ":" + to.port + ": " + reason + ".");
}

// Both directions of a tunnel; each coroutine holds it.
struct Tunnel {
  Tunnel(Stream& side, Socket socket) : client(side), server(std::move(socket)), ended(server.get_executor()) {}
  Stream& client;
  Socket server;
  Signal ended;  // Of the direction from the server.
  bool has_ended = false;
};

Task<void> CarryFromServer(std::shared_ptr<Tunnel> tunnel) {
  std::array<char, 32 * 1024> piece;
  while (true) {
    const auto [failure, count] = co_await tunnel->server.async_read_some(asio::buffer(piece), kAwait);
    if (failure || count == 0) break;
    if (!co_await tunnel->client.Write({piece.data(), count}, {}, kQuietMax)) break;
    tunnel->client.SetDeadline(kQuietMax);
  }
  co_await tunnel->client.ShutdownWrite();
  tunnel->has_ended = true;
  tunnel->ended.Set();
}

Task<void> CarryFromClient(Tunnel& tunnel, std::string first_bytes) {
  std::vector<char> piece(32 * 1024);
  if (!first_bytes.empty()) {
    const auto [failure, count] = co_await asio::async_write(tunnel.server, asio::buffer(first_bytes), kAwait);
    if (failure) co_return;
  }
  while (true) {
    const std::size_t count = co_await tunnel.client.Read(piece.data(), piece.size());
    if (count == 0) co_return;
    tunnel.client.SetDeadline(kQuietMax);
    const auto [failure, written] =
        co_await asio::async_write(tunnel.server, asio::buffer(piece.data(), count), kAwait);
    if (failure) co_return;
  }
}

// Until both have ended.
Task<void> Join(Stream& client, std::string first_bytes, Socket server) {
  auto tunnel = std::make_shared<Tunnel>(client, std::move(server));
  client.SetDeadline(kQuietMax);
  asio::co_spawn(tunnel->server.get_executor(), CarryFromServer(tunnel), asio::detached);
  co_await CarryFromClient(*tunnel, std::move(first_bytes));
  boost::system::error_code ignored;
  tunnel->server.shutdown(Socket::shutdown_send, ignored);
  // A client that closed its half may still wait for the rest; one that went quiet or away has nothing to wait for.
  TimerWheel::Timer quiet([&] { tunnel->server.close(ignored); });
  client.wheel().Arm(quiet, client.expired() ? TimerWheel::kTick : kQuietMax);
  while (!tunnel->has_ended) co_await tunnel->ended.Wait();
}

}  // namespace

HostPort ParseHostPort(std::string_view target) {
  const std::size_t colon = target.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == target.size()) {
    throw Error(wire::kBadRequest, "CONNECT needs a target of the form host:port.");
  }
  HostPort out{std::string(target.substr(0, colon)), std::string(target.substr(colon + 1))};
  if (out.port.size() > 5 ||
      !std::all_of(out.port.begin(), out.port.end(), [](unsigned char c) { return std::isdigit(c); })) {
    throw Error(wire::kBadRequest, "CONNECT needs a port number after the colon.");
  }
  if (out.host.size() > 2 && out.host.front() == '[' && out.host.back() == ']') {
    out.host = out.host.substr(1, out.host.size() - 2);
  }
  out.host = Lower(out.host);
  return out;
}

bool IsAwsName(std::string_view host) { return host.ends_with(".amazonaws.com"); }

Task<void> RunTunnel(Stream& client, std::string first_bytes, HostPort to) {
  client.SetDeadline(kConnectMax);
  Socket server = co_await ConnectTo(client.socket().get_executor(), std::move(to));
  if (!co_await client.Write("HTTP/1.1 200 Connection established\r\n\r\n", {}, kConnectMax)) co_return;
  co_await Join(client, std::move(first_bytes), std::move(server));
}

Task<void> RunTunnel(Stream& client, std::string first_bytes, const wire::Tunnel& to) {
  // A copy, which is closed with the tunnel however long the reply lives.
  const int peer = ::fcntl(to.peer->get(), F_DUPFD_CLOEXEC, 0);
  Socket server(client.socket().get_executor());
  boost::system::error_code failure;
  server.assign(tcp::v4(), peer, failure);
  if (failure) co_return;
  co_await Join(client, std::move(first_bytes), std::move(server));
}

}  // namespace sagebrush::gateway
