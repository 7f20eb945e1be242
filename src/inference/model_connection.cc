#include "inference/model_connection.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include "base/error.h"
#include "inference/model_port.h"

namespace sagebrush::inference {
namespace {

constexpr std::size_t kInputBytes = 16 * 1024;
constexpr std::size_t kBulkInputBytes = 256 * 1024;
constexpr std::size_t kIdleMax = 128;  // Connections kept for one container and loop.
constexpr std::chrono::seconds kIdleTimeMax{50};
constexpr int kTicksBetweenSweeps = 8;
constexpr int kInterimMax = 16;

using Outcome = ModelAnswer::Outcome;

asio::generic::stream_protocol ProtocolOf(int fd) {
  int family = AF_INET;
  socklen_t length = sizeof family;
  ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &length);
  return {family, 0};
}

}  // namespace

ModelConnection::ModelConnection(const Executor& executor, TimerWheel& wheel, int fd)
    : socket_(executor, ProtocolOf(fd), fd),
      wheel_(wheel),
      deadline_([this] {
        timed_out_ = true;
        boost::system::error_code ignored;
        socket_.cancel(ignored);
      }),
      input_(kInputBytes) {}

Task<ModelAnswer> ModelConnection::RoundTrip(std::string_view head, std::string_view body, ModelLimits limits,
                                             Delivery delivery, bool& answered) {
  reusable_ = streams_ = false;
  begin_ = end_ = 0;
  parser_.Reset();
  wheel_.Arm(deadline_, limits.time_max);
  // A server that answers before it has read everything closes its side early: its answer counts all the same.
  co_await Send(head, body);
  ModelAnswer answer;
  const Until until = delivery == Delivery::kStreamed ? Until::kHead : Until::kEnd;
  answer.outcome = co_await Receive(answer.body, limits.body_bytes_max, until, answered);
  if (answer.outcome == Outcome::kAnswered && !parser_.done()) {
    streams_ = parser_.status < 300;
    if (!streams_) answer.outcome = co_await Receive(answer.body, limits.body_bytes_max, Until::kEnd, answered);
  }
  if (answer.outcome == Outcome::kAnswered) {
    answer.status = parser_.status;
    answer.headers = std::move(parser_.headers);
  }
  if (streams_) {
    wheel_.Arm(deadline_, limits.stream_time_max);
  } else {
    Finish();
  }
  co_return answer;
}

Task<Outcome> ModelConnection::ReadPiece(std::string& piece) {
  bool answered = true;
  const Outcome outcome = co_await Receive(piece, std::numeric_limits<std::size_t>::max(), Until::kPiece, answered);
  if (outcome != Outcome::kAnswered || piece.empty()) Finish();
  co_return outcome;
}

void ModelConnection::Finish() {
  wheel_.Disarm(deadline_);
  streams_ = false;
  reusable_ = parser_.done() && !timed_out_ && parser_.keep_alive() && begin_ == end_;
  if (input_.size() > kInputBytes) std::vector<char>(kInputBytes).swap(input_);
}

Task<bool> ModelConnection::Send(std::string_view head, std::string_view body) {
  while (!head.empty() || !body.empty()) {
    std::array<iovec, 2> parts{
        {{const_cast<char*>(head.data()), head.size()}, {const_cast<char*>(body.data()), body.size()}}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) {
      const auto [failure] = co_await socket_.async_wait(Socket::wait_write, kAwait);
      if (failure || timed_out_) co_return false;
    } else if (sent < 0 && errno != EINTR) {
      co_return false;
    }
    const auto count = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
    const auto from_head = std::min(count, head.size());
    head.remove_prefix(from_head);
    body.remove_prefix(count - from_head);
  }
  co_return true;
}

bool ModelConnection::HasCome(Until until, const std::string& body) const {
  if (parser_.done()) return true;
  return (until == Until::kHead && parser_.head_done()) || (until == Until::kPiece && !body.empty());
}

Task<Outcome> ModelConnection::Receive(std::string& body, std::size_t body_bytes_max, Until until, bool& answered) {
  int interim = 0;
  try {
    while (!HasCome(until, body)) {
      if (timed_out_) co_return Outcome::kTimedOut;
      const std::size_t taken = parser_.Put({input_.data() + begin_, end_ - begin_}, body);
      begin_ += taken;
      if (body.size() > body_bytes_max) co_return Outcome::kTooLarge;
      if (parser_.done() && parser_.status < 200) {  // 100 Continue and the like; without end they would be no answer.
        if (++interim > kInterimMax) co_return Outcome::kBroken;
        parser_.Reset();
      }
      if (taken > 0) continue;
      std::copy(input_.data() + begin_, input_.data() + end_, input_.data());
      end_ -= std::exchange(begin_, 0);
      if (end_ == input_.size()) input_.resize(input_.size() * 2);
      if (parser_.head_done() && input_.size() < kBulkInputBytes &&
          parser_.content_length().value_or(0) > kInputBytes) {
        input_.resize(kBulkInputBytes);
      }
      const auto [failure, count] =
          co_await socket_.async_read_some(asio::buffer(input_.data() + end_, input_.size() - end_), kAwait);
      if (failure == asio::error::eof) {
        parser_.PutEnd();
      } else if (failure) {
        co_return timed_out_ ? Outcome::kTimedOut : Outcome::kBroken;
      }
      answered = answered || count > 0;
      end_ += count;
    }
  } catch (const Error&) {
    co_return Outcome::kBroken;
  }
  co_return Outcome::kAnswered;
}

asio::execution_context::id LoopConnections::id;

LoopConnections::LoopConnections(asio::execution_context& loop)
    : asio::execution_context::service(loop),
      loop_(static_cast<asio::io_context&>(loop)),
      start_(std::chrono::steady_clock::now()),
      timer_(loop_.get_executor()),
      gate_(new Gate{{}, &loop_}) {
  Tick();
}

void LoopConnections::shutdown() {
  {
    const std::lock_guard lock(gate_->mutex);
    gate_->loop = nullptr;
  }
  idle_.clear();
}

void LoopConnections::Tick() {
  timer_.expires_after(TimerWheel::kTick);
  timer_.async_wait([this](const boost::system::error_code& failure) {
    if (failure) return;
    wheel_.Advance(std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start_));
    if (++ticks_ % kTicksBetweenSweeps == 0) CloseUnused();
    Tick();
  });
}

void LoopConnections::CloseUnused() {
  const auto now = std::chrono::steady_clock::now();
  for (auto entry = idle_.begin(); entry != idle_.end();) {
    Idle& idle = entry->second;
    std::erase_if(idle.connections, [now](const auto& kept) { return now - kept->idle_since > kIdleTimeMax; });
    entry = idle.connections.empty() || !idle.container->routed ? idle_.erase(entry) : std::next(entry);
  }
}

std::unique_ptr<ModelConnection> LoopConnections::Take(const ContainerState& container) {
  const auto found = idle_.find(&container);
  if (found == idle_.end() || found->second.connections.empty()) return nullptr;
  auto connection = std::move(found->second.connections.back());
  found->second.connections.pop_back();
  return connection;
}

void LoopConnections::Keep(std::shared_ptr<ContainerState> container, std::unique_ptr<ModelConnection> connection) {
  if (!container->routed) return;
  Idle& idle = idle_[container.get()];
  if (!idle.container) idle.container = std::move(container);
  if (idle.connections.size() >= kIdleMax) return;
  connection->idle_since = std::chrono::steady_clock::now();
  idle.connections.push_back(std::move(connection));
}

Task<std::unique_ptr<ModelConnection>> LoopConnections::Open(Router& router,
                                                             std::shared_ptr<ContainerState> container) {
  struct Opening {
    explicit Opening(const Executor& executor) : done(executor, SteadyTimer::time_point::max()) {}
    SteadyTimer done;
    std::optional<FileDescriptor> socket;
    bool has_ended = false;
  };
  const auto opening = std::make_shared<Opening>(loop_.get_executor());
  const bool accepted = router.connectors().Submit(
      // `opening` belongs to the loop: only what is posted there touches it, and lets go of it.
      [gate = gate_, &router, container, opening = std::weak_ptr<Opening>(opening)] {
        auto socket = std::make_shared<std::optional<FileDescriptor>>();
        try {
          *socket = router.runtime().Connect(container->workload_id, kModelPort);
        } catch (const Error&) {
          // As if nothing accepted there.
        }
        const std::lock_guard lock(gate->mutex);
        if (gate->loop == nullptr) return;
        asio::post(*gate->loop, [opening, socket] {
          const auto waiting = opening.lock();
          if (!waiting) return;
          waiting->socket = std::move(*socket);
          waiting->has_ended = true;
          waiting->done.cancel();
        });
      });
  while (accepted && !opening->has_ended) co_await opening->done.async_wait(kAwait);
  if (!opening->socket) co_return nullptr;
  co_return std::make_unique<ModelConnection>(loop_.get_executor(), wheel_, opening->socket->Release());
}

}  // namespace sagebrush::inference
