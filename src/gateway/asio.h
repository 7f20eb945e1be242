#pragma once

// The Asio types of this folder. Dear to compile: included by stream, connection, proxy and I/O thread files only.

#include <tuple>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sagebrush::gateway {

namespace asio = boost::asio;

// One concrete executor everywhere: type-erased ones cost a fifth of a request.
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using SteadyTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
template <typename T>
using Task = asio::awaitable<T, Executor>;

// co_await something(kAwait) gives (error, results...) and throws nothing.
inline constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> kAwait{};

// Lets one coroutine wait until something on its I/O thread says go on. One waiter at a time.
class Signal {
 public:
  explicit Signal(const Executor& executor) : timer_(executor, SteadyTimer::time_point::max()) {}

  // Ends the wait under way, or the next one at once.
  void Set() {
    set_ = true;
    timer_.cancel();
  }
  Task<void> Wait() {
    while (!set_) co_await timer_.async_wait(kAwait);
    set_ = false;
  }

 private:
  SteadyTimer timer_;
  bool set_ = false;
};

}  // namespace sagebrush::gateway
