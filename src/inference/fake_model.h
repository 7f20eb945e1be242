#pragma once

#include <sys/socket.h>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/runtime.h"

namespace sagebrush::inference {

// A model server in the test: a function from the bytes of a request (head and body) to the bytes of the answer. An
// empty answer closes the connection.
using FakeModel = std::function<std::string(const std::string& request)>;

// A runtime whose workloads are functions. Connections are socket pairs, each served by a thread.
class FakeRuntime : public runtime::Runtime {
 public:
  ~FakeRuntime() override {
    for (const int fd : sockets_) ::shutdown(fd, SHUT_RDWR);
    for (std::thread& thread : threads_) thread.join();
    for (const int fd : sockets_) ::close(fd);
  }

  void Serve(const std::string& id, FakeModel model) {
    const std::lock_guard lock(mutex_);
    models_[id] = std::move(model);
  }
  int connections() const {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(sockets_.size());
  }
  // Closes the server's side of all connections so far, as a restarted model server does.
  void CloseConnections() {
    const std::lock_guard lock(mutex_);
    for (const int fd : sockets_) ::shutdown(fd, SHUT_RDWR);
  }

  std::optional<FileDescriptor> Connect(const std::string& id, std::uint16_t) override {
    const std::lock_guard lock(mutex_);
    const auto model = models_.find(id);
    if (model == models_.end()) return std::nullopt;
    int pair[2];
    ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
    sockets_.push_back(pair[1]);
    threads_.emplace_back([fd = pair[1], answer = model->second] { Run(fd, answer); });
    return FileDescriptor(pair[0]);
  }

  void StartGang(const std::vector<std::pair<std::string, runtime::WorkloadSpec>>&) override {}
  std::optional<runtime::WorkloadState> Inspect(const std::string&) const override { return std::nullopt; }
  void Stop(const std::string&, Seconds) override {}
  void Remove(const std::string&) override {}
  std::vector<std::string> List() const override { return {}; }
  void Listen(std::function<void(const std::string&)>) override {}

 private:
  static bool IsWhole(const std::string& text) {
    const std::size_t end = text.find("\r\n\r\n");
    const std::size_t length = text.find("Content-Length: ");
    return end != std::string::npos && length != std::string::npos &&
           text.size() >= end + 4 + std::stoul(text.substr(length + 16));
  }
  static void Run(int fd, const FakeModel& answer) {
    std::string request;
    char piece[65536];
    while (true) {
      const ssize_t count = ::recv(fd, piece, sizeof piece, 0);
      if (count <= 0) return;
      request.append(piece, static_cast<std::size_t>(count));
      if (!IsWhole(request)) continue;
      const std::string reply = answer(std::exchange(request, ""));
      if (reply.empty()) ::shutdown(fd, SHUT_RDWR);
      for (std::size_t sent = 0; sent < reply.size();) {
        const ssize_t more = ::send(fd, reply.data() + sent, reply.size() - sent, MSG_NOSIGNAL);
        if (more <= 0) return;
        sent += static_cast<std::size_t>(more);
      }
    }
  }

  mutable std::mutex mutex_;
  std::map<std::string, FakeModel> models_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
};

}  // namespace sagebrush::inference
