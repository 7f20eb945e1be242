#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "runtime/runtime.h"

namespace sagebrush::runtime {

// For tests: workloads that do at once what the test says and nothing besides. Outlives what uses it, as the real ones
// outlive a server.
class FakeRuntime : public Runtime {
 public:
  enum class Does {
    kServes,       // Runs, and answers /ping with 200.
    kRuns,         // Runs, and takes no connections.
    kExits,        // Exits with code 1 as soon as it is started.
    kEnds,         // Exits with code 0 as soon as it is started.
    kCannotStart,  // Start throws.
  };
  // What a workload does is asked when it is started.
  FakeRuntime(const Clock& clock, std::function<Does(const WorkloadSpec&)> does)
      : clock_(clock), does_(std::move(does)) {}

  void StartGang(const std::vector<std::pair<std::string, WorkloadSpec>>& hosts) override {
    std::vector<Does> does;
    for (const auto& [id, spec] : hosts) does.push_back(does_(spec));
    if (std::ranges::count(does, Does::kCannotStart) > 0) {
      throw Error(kInternalFailure, "Cannot start workload: the test says so.");
    }
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      const auto [entry, is_new] = workloads_.try_emplace(hosts[i].first);
      if (!is_new) continue;
      ++starts_;
      const bool runs = does[i] == Does::kServes || does[i] == Does::kRuns;
      entry->second = {{.running = runs, .started = clock_.Now(), .ended = runs ? Time{} : clock_.Now()}, does[i]};
      if (does[i] == Does::kExits) entry->second.state.exit_code = 1;
    }
  }
  std::optional<WorkloadState> Inspect(const std::string& id) const override {
    const std::lock_guard lock(mutex_);
    const auto found = workloads_.find(id);
    return found == workloads_.end() ? std::nullopt : std::optional(found->second.state);
  }
  void Stop(const std::string& id, Seconds) override { End(id, ExitReason::kStopped, 143); }
  void Remove(const std::string& id) override {
    const std::lock_guard lock(mutex_);
    workloads_.erase(id);
  }
  std::vector<std::string> List() const override {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> ids;
    for (const auto& [id, workload] : workloads_) ids.push_back(id);
    return ids;
  }
  std::optional<FileDescriptor> Connect(const std::string& id, std::uint16_t) override {
    const std::lock_guard lock(mutex_);
    const auto found = workloads_.find(id);
    if (found == workloads_.end() || !found->second.state.running || found->second.does != Does::kServes) return {};
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) ThrowSystemError("Cannot make sockets");
    constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    ::send(pair[1], kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);  // Before it was asked: it is there when asked for.
    if (answered_.size() == kAnsweredMax) answered_.pop_front();
    answered_.emplace_back(pair[1]);
    return FileDescriptor(pair[0]);
  }
  void Listen(std::function<void(const std::string&)> listener) override {
    const std::lock_guard lock(mutex_);
    listeners_.push_back(std::move(listener));
  }

  // The workload ends, if it runs.
  void End(const std::string& id, ExitReason reason, int code) {
    std::vector<std::function<void(const std::string&)>> listeners;
    {
      const std::lock_guard lock(mutex_);
      const auto found = workloads_.find(id);
      if (found == workloads_.end() || !found->second.state.running) return;
      WorkloadState& state = found->second.state;
      state.running = false;
      state.ended = clock_.Now();
      state.reason = reason;
      state.exit_code = code;
      listeners = listeners_;
    }
    for (const auto& listener : listeners) listener(id);
  }
  void ForgetListeners() {
    const std::lock_guard lock(mutex_);
    listeners_.clear();
  }
  int starts() const {
    const std::lock_guard lock(mutex_);
    return starts_;
  }

 private:
  static constexpr std::size_t kAnsweredMax = 64;

  struct Workload {
    WorkloadState state;
    Does does = Does::kRuns;
  };

  const Clock& clock_;
  const std::function<Does(const WorkloadSpec&)> does_;
  mutable std::mutex mutex_;
  std::map<std::string, Workload> workloads_;
  std::deque<FileDescriptor> answered_;
  std::vector<std::function<void(const std::string&)>> listeners_;
  int starts_ = 0;
};

}  // namespace sagebrush::runtime
