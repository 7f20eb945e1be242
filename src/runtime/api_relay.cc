#include "runtime/api_relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "runtime/workload_address.h"

namespace sagebrush::runtime {
namespace {

constexpr std::size_t kLinksMax = 1024;  // Of one workload; the next waits in the listener's queue.

bool WouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOTCONN; }

FileDescriptor ConnectOutside(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::string host = text.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  sockaddr_in address{.sin_family = AF_INET,
                      .sin_port = htons(static_cast<std::uint16_t>(std::atoi(text.c_str() + colon + 1)))};
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) return {};
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // Never without: from 127.0.0.1 it would have what only the operator's own programs may.
  sockaddr_in own{.sin_family = AF_INET};
  ::inet_pton(AF_INET, kWorkloadAddress.data(), &own.sin_addr);
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&own), sizeof own) != 0) return {};
  const int result = ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  return result == 0 || errno == EINPROGRESS ? std::move(socket) : FileDescriptor();
}

}  // namespace

// One direction of a connection.
struct ApiRelay::Stream {
  int from = -1;
  int to = -1;
  std::array<char, 32 * 1024> bytes;
  std::size_t begin = 0;
  std::size_t end = 0;
  bool source_ended = false;
  bool done = false;
};

struct ApiRelay::Link {
  FileDescriptor inside;
  FileDescriptor outside;
  Stream up;
  Stream down;
};

ApiRelay::ApiRelay(EventLoop& loop, FileDescriptor listener, const std::string& address)
    : loop_(loop), listener_(std::move(listener)), address_(address) {
  loop_.Watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { Accept(); });
}

ApiRelay::~ApiRelay() {
  loop_.Forget(listener_.get());
  for (const auto& [key, link] : links_) {
    loop_.Forget(link->inside.get());
    loop_.Forget(link->outside.get());
  }
}

void ApiRelay::Accept() {
  FileDescriptor inside(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!inside.valid()) return;
  FileDescriptor outside = ConnectOutside(address_);
  if (!outside.valid()) return;  // The server is down: the client sees its connection closed.
  const int on = 1;
  ::setsockopt(inside.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(outside.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  auto link = std::make_unique<Link>();
  link->up.from = link->down.to = inside.get();
  link->up.to = link->down.from = outside.get();
  link->inside = std::move(inside);
  link->outside = std::move(outside);
  Link* raw = link.get();
  links_.emplace(raw, std::move(link));
  for (const int fd : {raw->inside.get(), raw->outside.get()}) {
    loop_.Watch(fd, EPOLLIN | (fd == raw->outside.get() ? EPOLLOUT : 0u), [this, raw](std::uint32_t) { Move(*raw); });
  }
  if (links_.size() >= kLinksMax) loop_.Change(listener_.get(), 0);
}

// False: the connection broke.
bool ApiRelay::Pump(Stream& stream) {
  for (;;) {
    if (stream.begin == stream.end && !stream.source_ended) {
      const ssize_t n = ::recv(stream.from, stream.bytes.data(), stream.bytes.size(), 0);
      if (n < 0) return WouldBlock();
      stream.begin = 0;
      stream.end = static_cast<std::size_t>(n);
      stream.source_ended = n == 0;
    }
    if (stream.begin == stream.end) {
      if (!std::exchange(stream.done, true)) ::shutdown(stream.to, SHUT_WR);
      return true;
    }
    const ssize_t n = ::send(stream.to, stream.bytes.data() + stream.begin, stream.end - stream.begin, MSG_NOSIGNAL);
    if (n < 0) return WouldBlock();
    stream.begin += static_cast<std::size_t>(n);
  }
}

void ApiRelay::Move(Link& link) {
  const bool whole = Pump(link.up) && Pump(link.down);
  if (whole && !(link.up.done && link.down.done)) {
    Rearm(link);
    return;
  }
  loop_.Forget(link.inside.get());
  loop_.Forget(link.outside.get());
  links_.erase(&link);
  loop_.Change(listener_.get(), EPOLLIN);
}

void ApiRelay::Rearm(Link& link) {
  const auto wants = [](const Stream& read, const Stream& write) {
    const bool full = read.begin != read.end;
    return (full || read.source_ended ? 0u : std::uint32_t{EPOLLIN}) |
           (write.begin != write.end ? std::uint32_t{EPOLLOUT} : 0u);
  };
  loop_.Change(link.inside.get(), wants(link.up, link.down));
  loop_.Change(link.outside.get(), wants(link.down, link.up));
}

}  // namespace sagebrush::runtime
