#include "gateway/io_thread.h"

#include <sys/socket.h>

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "gateway/connection.h"
#include "gateway/server.h"

namespace sagebrush::gateway {
namespace {

using asio::ip::tcp;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr Milliseconds kAcceptPause{100};
// For a client over the limit, which gets no more of our time than this.
constexpr std::string_view kFull =
    "HTTP/1.1 503 Slow Down\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

}  // namespace

IoThread::IoThread(Server& server) : server_(server) {}

IoThread::~IoThread() { Join(); }

tcp::endpoint IoThread::Bind(const tcp::endpoint& address, bool tls) {
  auto listener = std::make_unique<Listener>(Listener{Acceptor(context_.get_executor()), tls});
  Acceptor& acceptor = listener->acceptor;
  acceptor.open(address.protocol());
  acceptor.set_option(Acceptor::reuse_address(true));
  acceptor.set_option(ReusePort(true));
  acceptor.bind(address);
  listeners_.push_back(std::move(listener));
  return acceptor.local_endpoint();
}

void IoThread::Start() {
  for (const auto& listener : listeners_) {
    listener->acceptor.listen(4096);
    asio::co_spawn(context_, Accept(*listener), asio::detached);
  }
  asio::co_spawn(context_, TurnWheel(), asio::detached);
  thread_ = std::thread([this] { Run(); });
}

void IoThread::Run() {
  while (true) {
    try {
      context_.run();
      return;
    } catch (const std::exception& error) {
      LogError("An I/O thread caught an exception outside of any request: {}", error.what());
    }
  }
}

Task<void> IoThread::TurnWheel() {
  const auto start = std::chrono::steady_clock::now();
  SteadyTimer timer(context_.get_executor());
  while (true) {
    timer.expires_after(TimerWheel::kTick);
    co_await timer.async_wait(kAwait);
    wheel_.Advance(std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - start));
  }
}

Task<void> IoThread::Accept(Listener& listener) {
  while (listener.acceptor.is_open()) {
    auto [failure, socket] = co_await listener.acceptor.async_accept(kAwait);
    if (!failure) {
      Place(std::move(socket), listener.tls);
    } else if (failure != asio::error::operation_aborted) {
      // Out of descriptors, most likely: the connection waits in the queue until others have ended.
      LogWarning("Cannot accept a connection: {}", failure.message());
      SteadyTimer pause(context_.get_executor(), kAcceptPause);
      co_await pause.async_wait(kAwait);
    }
  }
}

void IoThread::Place(Socket socket, bool tls) {
  boost::system::error_code failure;
  const std::string peer = socket.remote_endpoint(failure).address().to_string();
  if (failure) return;  // Gone already.
  auto place = server_.connections.Take(peer);
  if (!place) {
    server_.refusals.Count(Limit::kConnections, peer);
    if (!tls) ::send(socket.native_handle(), kFull.data(), kFull.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return;
  }
  const auto lightest = std::min_element(server_.threads.begin(), server_.threads.end(),
                                         [](const auto& a, const auto& b) { return a->load_ < b->load_; });
  IoThread& target = (*lightest)->load_ < load_ ? **lightest : *this;
  const int released = socket.release(failure);
  if (failure) return;
  ++target.load_;
  if (&target == this) return Adopt(released, tls, std::move(*place));
  // Held, so that a loop that has ended meanwhile closes it.
  asio::post(target.context_, [&target, held = FileDescriptor(released), tls, taken = std::move(*place)]() mutable {
    target.Adopt(held.Release(), tls, std::move(taken));
  });
}

void IoThread::Adopt(int fd, bool tls, Places::Place place) {
  const auto serve = [](IoThread& self, int descriptor, bool over_tls, Places::Place) -> Task<void> {
    try {
      Socket socket(self.context_.get_executor());
      sockaddr_storage own{};
      socklen_t length = sizeof own;
      ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&own), &length);
      socket.assign(own.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), descriptor);
      Connection connection(self.server_, self, std::move(socket), over_tls);
      co_await connection.Serve();
    } catch (const std::exception& error) {
      LogError("A connection ended with an exception: {}", error.what());
    }
    --self.load_;
  };
  asio::co_spawn(context_, serve(*this, fd, tls, std::move(place)), asio::detached);
}

void IoThread::Drain() {
  asio::post(context_, [this] {
    for (const auto& listener : listeners_) {
      boost::system::error_code ignored;
      listener->acceptor.close(ignored);
    }
    for (Connection* connection : connections_) connection->CloseIfIdle();
  });
}

void IoThread::Abort() {
  asio::post(context_, [this] {
    for (Connection* connection : connections_) connection->Abort();
  });
}

void IoThread::Join() {
  if (!thread_.joinable()) return;
  work_.reset();
  context_.stop();
  thread_.join();
  // The loop may have ended before it saw Drain: the port must be free when this returns.
  for (const auto& listener : listeners_) {
    boost::system::error_code ignored;
    listener->acceptor.close(ignored);
  }
}

}  // namespace sagebrush::gateway
