#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/timer_wheel.h"
#include "inference/model_call.h"
#include "wire/http_parser.h"

namespace sagebrush::inference {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;
using SteadyTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
template <typename T>
using Task = asio::awaitable<T, Executor>;
inline constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> kAwait{};

// A connection to a model server. Belongs to one loop.
class ModelConnection {
 public:
  // Takes over a connected socket.
  ModelConnection(const Executor& executor, TimerWheel& wheel, int fd);

  // Sends a request and reads its answer. `answered`: at least one byte came. For Delivery::kStreamed it ends behind
  // the head of a successful answer; `streams` says so, and ReadPiece has the rest.
  Task<ModelAnswer> RoundTrip(std::string_view head, std::string_view body, ModelLimits limits, Delivery delivery,
                              bool& answered);
  bool streams() const { return streams_; }
  // Appends what comes next; nothing at the end.
  Task<ModelAnswer::Outcome> ReadPiece(std::string& piece);
  // After the whole answer: whether another request may follow.
  bool reusable() const { return reusable_; }
  std::chrono::steady_clock::time_point idle_since{};

 private:
  Task<bool> Send(std::string_view head, std::string_view body);
  enum class Until { kHead, kPiece, kEnd };
  // Appends what comes of the body.
  Task<ModelAnswer::Outcome> Receive(std::string& body, std::size_t body_bytes_max, Until until, bool& answered);
  bool HasCome(Until until, const std::string& body) const;
  void Finish();

  Socket socket_;
  TimerWheel& wheel_;
  TimerWheel::Timer deadline_;
  bool timed_out_ = false;
  bool reusable_ = false;
  bool streams_ = false;
  wire::HttpParser parser_{wire::HttpParser::Kind::kResponse};
  std::vector<char> input_;
  std::size_t begin_ = 0, end_ = 0;  // Of what is not parsed in input_.
};

// The idle connections of one loop, and the clock of their deadlines. Lives as long as the loop.
class LoopConnections : public asio::execution_context::service {
 public:
  using key_type = LoopConnections;
  static asio::execution_context::id id;

  explicit LoopConnections(asio::execution_context& loop);

  // nullptr: none is idle.
  std::unique_ptr<ModelConnection> Take(const ContainerState& container);
  void Keep(std::shared_ptr<ContainerState> container, std::unique_ptr<ModelConnection> connection);
  // The idle ones are stale.
  void Drop(const ContainerState& container) { idle_.erase(&container); }
  // A new one, from the runtime, on a thread of the router. nullptr: nothing accepts.
  Task<std::unique_ptr<ModelConnection>> Open(Router& router, std::shared_ptr<ContainerState> container);

 private:
  // Lets other threads post to the loop only while it is there.
  struct Gate {
    std::mutex mutex;
    asio::io_context* loop;
  };
  struct Idle {
    std::shared_ptr<ContainerState> container;
    std::vector<std::unique_ptr<ModelConnection>> connections;
  };

  void shutdown() override;
  void Tick();
  void CloseUnused();

  asio::io_context& loop_;
  TimerWheel wheel_;
  const std::chrono::steady_clock::time_point start_;
  SteadyTimer timer_;
  int ticks_ = 0;
  std::unordered_map<const ContainerState*, Idle> idle_;
  std::shared_ptr<Gate> gate_;
};

}  // namespace sagebrush::inference
