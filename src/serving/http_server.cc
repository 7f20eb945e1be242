#include "serving/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/log.h"
#include "base/mutex.h"
#include "serving/http_connection.h"

namespace sagebrush::serving {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr int kEventsAtOnce = 64;
constexpr int kSweepMilliseconds = 1000;
constexpr Seconds kLinger{2};

FileDescriptor Listen(const std::string& address, std::uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &name.sin_addr) != 1) {
    throw Error(kValidation, fmt::format("The address \"{}\" to listen on is no IPv4 address.", address));
  }
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&name), sizeof(name)) != 0 ||
      ::listen(socket.get(), 1024) != 0) {
    ThrowSystemError(fmt::format("The model server cannot listen on {}:{}", address, port));
  }
  return socket;
}

std::uint16_t PortOf(const FileDescriptor& socket) {
  sockaddr_in name{};
  socklen_t size = sizeof(name);
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size) != 0) ThrowSystemError("getsockname");
  return ntohs(name.sin_port);
}

}  // namespace

// A connection's socket, and what the loop knows of it.
class HttpServer::Connection {
 public:
  Connection(FileDescriptor socket, RequestHandler& handler, std::size_t body_bytes_max, TimePoint now)
      : protocol(handler, body_bytes_max), socket(std::move(socket)), last_progress(now) {}

  HttpConnection protocol;
  FileDescriptor socket;
  TimePoint last_progress;
  bool wants_write = false;
  bool lingering = false;  // All is sent; what still comes is dropped, so that the client can read the reply.
};

class HttpServer::Worker {
 public:
  explicit Worker(HttpServer& server)
      : server_(server),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
        buffer_(std::make_unique_for_overwrite<char[]>(kReadBytes)) {
    if (!epoll_.valid() || !wake_.valid()) ThrowSystemError("The model server cannot make an epoll loop");
    Watch(wake_.get(), EPOLLIN, &wake_);
    Watch(server.listener_.get(), EPOLLIN | EPOLLEXCLUSIVE, &server.listener_);
  }

  // Takes over a connected socket. Any thread may call it.
  void Adopt(FileDescriptor socket) {
    load.fetch_add(1, std::memory_order_relaxed);
    {
      const MutexLock lock(mutex_);
      adopted_.push_back(std::move(socket));
    }
    Wake();
  }

  void Wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof(one));
  }

  void Run() {
    epoll_event events[kEventsAtOnce];
    while (!Finished()) {
      const int count = ::epoll_wait(epoll_.get(), events, kEventsAtOnce, kSweepMilliseconds);
      now_ = std::chrono::steady_clock::now();
      for (int i = 0; i < count; ++i) OnEvent(events[i]);
      if (now_ >= next_sweep_) Sweep();
    }
  }

  std::atomic<int> load{0};  // Connections.

 private:
  void Watch(int fd, std::uint32_t events, void* tag) {
    epoll_event event{.events = events, .data = {.ptr = tag}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) ThrowSystemError("epoll_ctl");
  }

  bool Finished() {
    if (!server_.stopping_.load(std::memory_order_relaxed)) return false;
    if (!draining_) {
      draining_ = true;
      drain_end_ = now_ + std::chrono::duration_cast<TimePoint::duration>(server_.limits_.drain_timeout);
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, server_.listener_.get(), nullptr);
      TakeAdopted();
      std::vector<Connection*> idle;
      for (auto& [pointer, connection] : connections_) {
        connection->protocol.CloseAfterReply();
        if (connection->lingering || connection->protocol.idle()) idle.push_back(pointer);
      }
      for (Connection* connection : idle) Close(*connection);
    }
    return connections_.empty() || now_ >= drain_end_;
  }

  void OnEvent(const epoll_event& event) {
    if (event.data.ptr == &server_.listener_) return Accept();
    if (event.data.ptr == &wake_) {
      std::uint64_t count = 0;
      [[maybe_unused]] const ssize_t size = ::read(wake_.get(), &count, sizeof(count));
      return TakeAdopted();
    }
    const auto found = connections_.find(static_cast<Connection*>(event.data.ptr));
    if (found == connections_.end()) return;  // Closed by an earlier event of this round.
    Connection& connection = *found->second;
    if ((event.events & EPOLLOUT) != 0 && !Flush(connection)) return;
    if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) Read(connection);
  }

  void Accept() {
    for (int i = 0; i < kEventsAtOnce; ++i) {
      FileDescriptor socket(::accept4(server_.listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!socket.valid()) return;
      const int on = 1;
      ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      server_.Hand(std::move(socket), *this);
    }
  }

  void TakeAdopted() {
    std::vector<FileDescriptor> sockets;
    {
      const MutexLock lock(mutex_);
      sockets.swap(adopted_);
    }
    for (FileDescriptor& socket : sockets) {
      const int fd = socket.get();
      auto connection =
          std::make_unique<Connection>(std::move(socket), server_.handler_, server_.limits_.body_bytes_max, now_);
      Connection* pointer = connection.get();
      if (draining_) pointer->protocol.CloseAfterReply();
      connections_.emplace(pointer, std::move(connection));
      Watch(fd, EPOLLIN, pointer);
    }
  }

  void Read(Connection& connection) {
    const ssize_t size = ::recv(connection.socket.get(), buffer_.get(), kReadBytes, 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return Close(connection);
    if (connection.lingering) return;
    connection.last_progress = now_;
    connection.protocol.Receive(std::string_view(buffer_.get(), static_cast<std::size_t>(size)));
    Flush(connection);
  }

  // False: the connection was closed.
  bool Flush(Connection& connection) {
    std::string_view output = connection.protocol.output();
    while (!output.empty()) {
      const ssize_t sent = ::send(connection.socket.get(), output.data(), output.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0 && errno == EAGAIN) break;
      if (sent <= 0) return Close(connection), false;
      connection.last_progress = now_;
      connection.protocol.Sent(static_cast<std::size_t>(sent));
      output = connection.protocol.output();
    }
    if (output.empty() && connection.protocol.finished() && !connection.lingering) {
      connection.lingering = true;
      ::shutdown(connection.socket.get(), SHUT_WR);
    }
    WaitFor(connection, !output.empty());
    return true;
  }

  // While the client does not take its replies nothing more is read from it.
  void WaitFor(Connection& connection, bool write) {
    if (connection.wants_write == write) return;
    connection.wants_write = write;
    epoll_event event{.events = static_cast<std::uint32_t>(write ? EPOLLOUT : EPOLLIN), .data = {.ptr = &connection}};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.socket.get(), &event);
  }

  void Close(Connection& connection) {
    load.fetch_sub(1, std::memory_order_relaxed);
    connections_.erase(&connection);
  }

  void Sweep() {
    next_sweep_ = now_ + std::chrono::milliseconds(kSweepMilliseconds);
    std::vector<Connection*> late;
    for (auto& [pointer, connection] : connections_) {
      const Seconds limit = connection->lingering         ? kLinger
                            : connection->protocol.idle() ? server_.limits_.idle_timeout
                                                          : server_.limits_.request_timeout;
      if (now_ - connection->last_progress > limit) late.push_back(pointer);
    }
    for (Connection* connection : late) {
      if (connection->lingering || connection->protocol.idle() || connection->wants_write) {
        Close(*connection);
      } else {
        connection->protocol.TimeOut();
        Flush(*connection);
      }
    }
  }

  HttpServer& server_;
  FileDescriptor epoll_;
  FileDescriptor wake_;
  std::unique_ptr<char[]> buffer_;
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
  TimePoint now_ = std::chrono::steady_clock::now();
  TimePoint next_sweep_ = now_;
  TimePoint drain_end_;
  bool draining_ = false;
  Mutex mutex_;
  std::vector<FileDescriptor> adopted_ GUARDED_BY(mutex_);
};

HttpServer::HttpServer(RequestHandler& handler, const std::string& address, std::uint16_t port, int threads,
                       const HttpLimits& limits)
    : handler_(handler), limits_(limits), listener_(Listen(address, port)), port_(PortOf(listener_)) {
  for (int i = 0; i < threads; ++i) workers_.push_back(std::make_unique<Worker>(*this));
  for (auto& worker : workers_) {
    threads_.emplace_back([&worker = *worker] { worker.Run(); });
  }
}

HttpServer::~HttpServer() { Stop(); }

void HttpServer::Hand(FileDescriptor socket, Worker& accepted_by) {
  Worker* least = &accepted_by;
  for (auto& worker : workers_) {
    if (worker->load.load(std::memory_order_relaxed) < least->load.load(std::memory_order_relaxed)) {
      least = worker.get();
    }
  }
  least->Adopt(std::move(socket));
}

void HttpServer::Stop() {
  if (stopping_.exchange(true)) return;
  for (auto& worker : workers_) worker->Wake();
  for (std::thread& thread : threads_) thread.join();
  listener_.Close();
}

}  // namespace sagebrush::serving
