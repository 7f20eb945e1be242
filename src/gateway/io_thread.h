#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>

#include "base/timer_wheel.h"
#include "gateway/asio.h"
#include "gateway/places.h"
#include "gateway/stream.h"

namespace sagebrush::gateway {

class Connection;
struct Server;

// One thread with an event loop of its own: it accepts connections and runs them to their end.
class IoThread {
 public:
  explicit IoThread(Server& server);
  ~IoThread();

  // Before Start. Takes the address together with the other threads; port 0 is "pick one". Throws Error.
  asio::ip::tcp::endpoint Bind(const asio::ip::tcp::endpoint& address, bool tls);
  void Start();  // Listens, and serves.

  // From any thread: no more connections; those between two requests end.
  void Drain();
  // From any thread: connections fail at their next read or write.
  void Abort();
  // From any thread: ends the loop and the thread.
  void Join();

  // On this thread only.
  TimerWheel& wheel() { return wheel_; }
  asio::io_context& context() { return context_; }
  void Register(Connection& connection) { connections_.insert(&connection); }
  void Unregister(Connection& connection) { connections_.erase(&connection); }

 private:
  struct Listener {
    Acceptor acceptor;
    bool tls;
  };

  void Run();
  Task<void> Accept(Listener& listener);
  Task<void> TurnWheel();
  // Gives the connection to the thread that has the fewest; refuses it when there are too many.
  void Place(Socket socket, bool tls);
  void Adopt(int fd, bool tls, Places::Place place);

  Server& server_;
  asio::io_context context_{1};
  asio::executor_work_guard<Executor> work_{context_.get_executor()};
  TimerWheel wheel_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unordered_set<Connection*> connections_;
  std::atomic<std::size_t> load_{0};
  std::thread thread_;
};

}  // namespace sagebrush::gateway
