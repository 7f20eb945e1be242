#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "base/line_file.h"
#include "runtime/doctor.h"
#include "runtime/process_runtime.h"

namespace sagebrush::runtime {

inline constexpr Milliseconds kPatience{30'000};  // Of a test that would fail otherwise.

inline Path Supervisor() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "sagebrush-supervisor";
}

// A runtime whose changes can be waited for.
class Watched {
 public:
  explicit Watched(const Path& data, const Path& devices = "/dev")
      : runtime_(std::make_unique<ProcessRuntime>(data, Supervisor(), devices)) {
    runtime_->Listen([this](const std::string&) {
      const std::lock_guard lock(mutex_);
      ++changes_;
      changed_.notify_all();
    });
  }

  ProcessRuntime* operator->() { return runtime_.get(); }

  WorkloadState WaitUntil(const std::string& id, const std::function<bool(const WorkloadState&)>& holds) {
    std::unique_lock lock(mutex_);
    WorkloadState state;
    const bool in_time = changed_.wait_for(lock, kPatience, [&] {
      state = runtime_->Inspect(id).value_or(WorkloadState{});
      return holds(state);
    });
    EXPECT_TRUE(in_time) << "still waiting for " << id << ": " << ToText(state.reason) << " " << state.message;
    return state;
  }
  WorkloadState WaitUntilRunning(const std::string& id) {
    return WaitUntil(id, [](const WorkloadState& state) { return state.started.milliseconds != 0; });
  }
  WorkloadState WaitForEnd(const std::string& id) {
    return WaitUntil(id, [](const WorkloadState& state) { return !state.running && state.ended.milliseconds != 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int changes_ = 0;
  std::unique_ptr<ProcessRuntime> runtime_;
};

// Waits for what no listener tells of: something that another process does.
inline bool Eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

class ProcessRuntimeTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!WhatPreventsSandboxes().empty()) GTEST_SKIP() << WhatPreventsSandboxes();
    std::filesystem::create_directories(work_);
    runtime_.emplace(data_);
  }

  void TearDown() override {
    if (!runtime_) return;
    for (const std::string& id : (*runtime_)->List()) (*runtime_)->Remove(id);
  }

  WorkloadSpec Shell(const std::string& script) {
    WorkloadSpec spec;
    spec.command = {"/bin/sh", "-c", script};
    spec.cpus = 2;
    spec.memory_bytes_max = 512LL << 20;
    spec.network = false;
    spec.mounts = {{work_, "/opt/ml", false}};
    spec.working_directory = "/opt/ml";
    spec.log_file = log_;
    return spec;
  }

  std::vector<std::string> Lines() {
    std::vector<std::string> lines;
    ReadLines(log_, 0, [&](const LogLine& line) { return lines.push_back(line.message), true; });
    return lines;
  }
  std::string Log() {
    std::string text;
    for (const std::string& line : Lines()) text += line + "\n";
    return text;
  }
  bool HasLine(const std::string& wanted) {
    const auto lines = Lines();
    return std::find(lines.begin(), lines.end(), wanted) != lines.end();
  }
  WorkloadState Run(const WorkloadSpec& spec) {
    (*runtime_)->Start("job", spec);
    return runtime_->WaitForEnd("job");
  }
  std::optional<std::uint32_t> UserOf(const std::string& id) const {
    return WorkloadFiles(data_ / "workloads" / id).ReadSpec().value().user;
  }
  std::optional<std::uint32_t> UserOfJob() const { return UserOf("job"); }
  // Of a process inside, found by an argument of its command line that only it has; -1: none.
  static pid_t FindProcess(const std::string& argument) {
    for (const auto& item : std::filesystem::directory_iterator("/proc")) {
      const std::string name = item.path().filename();
      if (!std::isdigit(static_cast<unsigned char>(name[0])) || std::stoi(name) == ::getpid()) continue;
      const std::string line = ReadFileIfExists(item.path() / "cmdline").value_or("");
      if (line.find(argument) != std::string::npos) return std::stoi(name);
    }
    return -1;
  }

  TemporaryDirectory directory_;
  Path data_ = directory_.path() / "data";
  Path work_ = directory_.path() / "work";
  Path log_ = directory_.path() / "log";
  std::optional<Watched> runtime_;
};

// A server on port 8080 that answers every connection with what it reads.
inline WorkloadSpec EchoServer(WorkloadSpec spec) {
  spec.command = {"python3", "-c",
                  "import socket\ns = socket.create_server((\"0.0.0.0\", 8080))\nprint(\"ready\", flush=True)\n"
                  "while True:\n  c, _ = s.accept()\n  c.sendall(b\"echo \" + c.recv(99))\n  c.close()"};
  spec.ports = {8080};
  return spec;
}

inline std::string Ask(const FileDescriptor& socket, const std::string& text) {
  WriteAll(socket.get(), text);
  char buffer[64];
  const ssize_t n = ::read(socket.get(), buffer, sizeof buffer);
  return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : "";
}

}  // namespace sagebrush::runtime
