#include "runtime/process_runtime.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "base/error.h"
#include "base/line_file.h"
#include "runtime/cgroup.h"
#include "runtime/doctor.h"

namespace sagebrush::runtime {
namespace {

constexpr Milliseconds kPatience{30'000};  // Of a test that would fail otherwise.

Path Supervisor() { return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "sagebrush-supervisor"; }

// A runtime whose changes can be waited for.
class Watched {
 public:
  explicit Watched(const Path& data) : runtime_(std::make_unique<ProcessRuntime>(data, Supervisor())) {
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
bool Eventually(const std::function<bool()>& holds) {
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

TEST_F(ProcessRuntimeTest, WritesWhatTheWorkloadPrintsToItsLog) {
  const WorkloadState state = Run(Shell("echo one; echo two >&2; printf three"));
  EXPECT_EQ(state.reason, ExitReason::kExited) << state.message;
  EXPECT_EQ(state.exit_code, 0);
  EXPECT_GT(state.started.milliseconds, 0);
  EXPECT_GE(state.ended, state.started);
  EXPECT_EQ(Lines(), (std::vector<std::string>{"one", "two", "three"}));
}

TEST_F(ProcessRuntimeTest, ReportsExitCodesAndSignals) {
  EXPECT_EQ(Run(Shell("exit 7")).exit_code, 7);
  (*runtime_)->Remove("job");
  EXPECT_EQ(Run(Shell("kill -SEGV $$")).exit_code, 128 + SIGSEGV);
}

TEST_F(ProcessRuntimeTest, ALineIsInTheLogWhileTheWorkloadGoesOn) {
  (*runtime_)->Start("job", Shell("echo here; sleep 1000"));
  EXPECT_TRUE(Eventually([&] { return HasLine("here"); }));
  EXPECT_TRUE((*runtime_)->Inspect("job")->running);
  (*runtime_)->Remove("job");
}

TEST_F(ProcessRuntimeTest, StartingTwiceRunsOnce) {
  (*runtime_)->Start("job", Shell("echo ran >> runs; cat runs"));
  (*runtime_)->Start("job", Shell("echo ran >> runs; cat runs"));
  runtime_->WaitForEnd("job");
  (*runtime_)->Start("job", Shell("echo ran >> runs; cat runs"));
  EXPECT_EQ(Lines(), std::vector<std::string>{"ran"});
}

TEST_F(ProcessRuntimeTest, KnowsNothingOfWhatWasNeverStarted) {
  EXPECT_FALSE((*runtime_)->Inspect("nothing"));
  (*runtime_)->Stop("nothing", Seconds(1));
  (*runtime_)->Remove("nothing");
  EXPECT_FALSE((*runtime_)->Connect("nothing"));
  EXPECT_THROW((*runtime_)->Start("../escape", Shell("true")), Error);
}

TEST_F(ProcessRuntimeTest, StopAsksFirst) {
  (*runtime_)->Start("job", Shell("trap 'echo asked; exit 3' TERM; echo ready; while true; do sleep 0.01; done"));
  ASSERT_TRUE(Eventually([&] { return HasLine("ready"); }));
  (*runtime_)->Stop("job", Seconds(100));
  const WorkloadState state = runtime_->WaitForEnd("job");
  EXPECT_EQ(state.reason, ExitReason::kStopped);
  EXPECT_EQ(state.exit_code, 3);
  EXPECT_TRUE(HasLine("asked"));
}

TEST_F(ProcessRuntimeTest, StopKillsWhatDoesNotListenAfterItsGrace) {
  (*runtime_)->Start("job", Shell("trap '' TERM; echo ready; while true; do sleep 0.01; done"));
  ASSERT_TRUE(Eventually([&] { return HasLine("ready"); }));
  (*runtime_)->Stop("job", Seconds(0.2));
  const WorkloadState state = runtime_->WaitForEnd("job");
  EXPECT_EQ(state.reason, ExitReason::kStopped);
  EXPECT_EQ(state.exit_code, 128 + SIGKILL);
}

TEST_F(ProcessRuntimeTest, StopRightAfterStartIsNotLost) {
  (*runtime_)->Start("job", Shell("sleep 1000"));
  (*runtime_)->Stop("job", Seconds(0));
  EXPECT_EQ(runtime_->WaitForEnd("job").reason, ExitReason::kStopped);
}

TEST_F(ProcessRuntimeTest, ARunTimeLimitStopsIt) {
  WorkloadSpec spec = Shell("trap 'echo saved; exit 0' TERM; while true; do sleep 0.01; done");
  spec.run_time_max = Seconds(0.2);
  const WorkloadState state = Run(spec);
  EXPECT_EQ(state.reason, ExitReason::kTimedOut);
  EXPECT_EQ(state.exit_code, 0);
  EXPECT_TRUE(HasLine("saved"));
}

TEST_F(ProcessRuntimeTest, UsingUpItsMemoryEndsItAsOutOfMemory) {
  if (Cgroup limits("probe"); limits.Create({0, 1 << 28, 0}), !limits.Remove() || !limits.missing().empty()) {
    GTEST_SKIP() << "no memory limits on this machine";
  }
  WorkloadSpec spec = Shell("exec python3 -c 'bytearray(300 << 20)'");
  spec.memory_bytes_max = 64LL << 20;
  EXPECT_EQ(Run(spec).reason, ExitReason::kOutOfMemory) << Log();
}

TEST_F(ProcessRuntimeTest, AForkBombIsBounded) {
  WorkloadSpec spec = Shell("b() { b | b & }; b; sleep 0.5; echo over");
  spec.processes_max = 64;
  spec.run_time_max = Seconds(2);
  spec.stop_grace = Seconds(0);
  const WorkloadState state = Run(spec);
  EXPECT_FALSE(state.running);
  EXPECT_TRUE(Cgroup("job").KillAll(Milliseconds(0)));  // Nothing is left of it.
}

TEST_F(ProcessRuntimeTest, FillingItsDiskEndsItAsDiskFull) {
  WorkloadSpec spec =
      Shell("i=0; while true; do head -c 1000000 /dev/zero > f$i || exit 1; i=$((i+1)); sleep 0.001; done");
  spec.disk_bytes_max = 20'000'000;
  EXPECT_EQ(Run(spec).reason, ExitReason::kDiskFull);
}

TEST_F(ProcessRuntimeTest, OneLargeFileEndsItAsDiskFull) {
  WorkloadSpec spec = Shell("exec head -c 50000000 /dev/zero > large");
  spec.disk_bytes_max = 20'000'000;
  EXPECT_EQ(Run(spec).reason, ExitReason::kDiskFull);
  EXPECT_LE(std::filesystem::file_size(work_ / "large"), 20'000'000u);
}

TEST_F(ProcessRuntimeTest, WhatCannotBeExecutedSaysWhy) {
  WorkloadSpec spec = Shell("");
  spec.command = {"/no/such/program"};
  const WorkloadState state = Run(spec);
  EXPECT_EQ(state.reason, ExitReason::kStartFailed);
  EXPECT_EQ(state.message, "Cannot execute /no/such/program: No such file or directory");
}

TEST_F(ProcessRuntimeTest, AMissingMountSaysWhich) {
  WorkloadSpec spec = Shell("true");
  spec.mounts.push_back({directory_.path() / "absent", "/opt/absent", true});
  const WorkloadState state = Run(spec);
  EXPECT_EQ(state.reason, ExitReason::kStartFailed);
  EXPECT_NE(state.message.find("absent"), std::string::npos) << state.message;
}

TEST_F(ProcessRuntimeTest, SeesNothingOfTheHostButWhatItWasGiven) {
  std::ofstream(directory_.path() / "secret") << "secret";
  const std::string hidden = directory_.path().string();
  Run(Shell(
      "ls -A /root /home /work /var/log " + hidden +
      " 2>/dev/null | grep -v ^$; ls /proc | grep -c '^[0-9]'; hostname; "
      "cat /etc/shadow 2>/dev/null; id -u; echo x 2>/dev/null > /usr/x; echo x 2>/dev/null > /x; ls /opt/ml /opt"));
  const std::string log = Log();
  EXPECT_EQ(log.find("secret"), std::string::npos) << log;
  EXPECT_EQ(log.find("root:"), std::string::npos) << log;
  EXPECT_TRUE(HasLine("algo-1")) << log;
  const std::string user = std::to_string(::geteuid() == 0 ? kWorkloadUser : kWorkloadUserInside);
  EXPECT_TRUE(HasLine(user)) << log;
  EXPECT_FALSE(std::filesystem::exists("/usr/x"));
}

TEST_F(ProcessRuntimeTest, MayNotDoWhatTheFilterRefuses) {
  Run(
      Shell("unshare -U true 2>&1; unshare -n true 2>&1; mount -t tmpfs x /tmp 2>&1; python3 -c 'import ctypes\n"
            "libc = ctypes.CDLL(None, use_errno=True)\n"
            "for call in (101, 298, 321, 250):\n  print(libc.syscall(call, 0, 0, 0, 0, 0), ctypes.get_errno())'"));
  const std::string log = Log();
  EXPECT_NE(log.find("unshare: unshare failed: Operation not permitted"), std::string::npos) << log;
  const auto lines = Lines();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "-1 1"), 4) << log;  // ptrace, perf_event_open, bpf, keyctl: EPERM
}

TEST_F(ProcessRuntimeTest, WritesFilesThatBelongToTheServersUser) {
  ::mkdir((work_ / "in").c_str(), 0700);
  WriteFileDurably(work_ / "in" / "given", "given", 0600);
  Run(Shell("cat in/given; echo; echo out > made; chmod 600 made"));
  EXPECT_TRUE(HasLine("given")) << Log();
  EXPECT_EQ(ReadFile(work_ / "made"), "out\n");
  struct stat status{};
  ::stat((work_ / "made").c_str(), &status);
  EXPECT_EQ(status.st_uid, ::geteuid());
}

TEST_F(ProcessRuntimeTest, CannotWriteToAReadOnlyMount) {
  WorkloadSpec spec = Shell("echo x > /opt/in/file || echo refused");
  ::mkdir((directory_.path() / "in").c_str(), 0700);
  spec.mounts.push_back({directory_.path() / "in", "/opt/in", true});
  Run(spec);
  EXPECT_TRUE(HasLine("refused")) << Log();
}

TEST_F(ProcessRuntimeTest, GivesTheWorkloadItsEnvironmentAndNothingOfTheServers) {
  ::setenv("SERVER_SECRET", "server-secret", 1);
  WorkloadSpec spec = Shell("env");
  spec.environment = {{"GIVEN", "with = and\nnewline"}, {"LD_PRELOAD_NOT", "x"}};
  Run(spec);
  EXPECT_TRUE(HasLine("GIVEN=with = and")) << Log();
  EXPECT_TRUE(HasLine("OMP_NUM_THREADS=2")) << Log();
  EXPECT_EQ(Log().find("server-secret"), std::string::npos) << Log();
}

// A server on this machine's loopback that answers every connection with one byte.
class Listener {
 public:
  Listener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(socket_.get(), 8);
    socklen_t size = sizeof address;
    ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      for (;;) {
        const FileDescriptor peer(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!peer.valid()) return;
        char buffer[64];
        const ssize_t n = ::read(peer.get(), buffer, sizeof buffer);
        if (n > 0) WriteAll(peer.get(), "echo " + std::string(buffer, static_cast<std::size_t>(n)));
      }
    });
  }
  ~Listener() {
    ::shutdown(socket_.get(), SHUT_RDWR);
    thread_.join();
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  int port() const { return port_; }

 private:
  FileDescriptor socket_;
  int port_ = 0;
  std::thread thread_;
};

std::string Client(int port) {
  return "exec python3 -c 'import socket\ns = socket.create_connection((\"127.0.0.1\", " + std::to_string(port) +
         "))\ns.sendall(b\"hello\")\nprint(s.recv(99).decode())'";
}

TEST_F(ProcessRuntimeTest, ReachesTheApiAtItsOwnAddress) {
  const Listener api;
  WorkloadSpec spec = Shell(Client(api.port()));
  spec.network = true;
  spec.api_address = api.address();
  EXPECT_EQ(Run(spec).exit_code, 0) << Log();
  EXPECT_EQ(Lines(), std::vector<std::string>{"echo hello"});
}

TEST_F(ProcessRuntimeTest, ReachesNothingWithoutNetwork) {
  const Listener other;
  EXPECT_NE(Run(Shell(Client(other.port()))).exit_code, 0);
  EXPECT_NE(Log().find("Connection refused"), std::string::npos) << Log();
}

WorkloadSpec EchoServer(WorkloadSpec spec) {
  spec.command = {"python3", "-c",
                  "import socket\ns = socket.create_server((\"0.0.0.0\", 8080))\nprint(\"ready\", flush=True)\n"
                  "while True:\n  c, _ = s.accept()\n  c.sendall(b\"echo \" + c.recv(99))\n  c.close()"};
  spec.port = 8080;
  return spec;
}

std::string Ask(const FileDescriptor& socket, const std::string& text) {
  WriteAll(socket.get(), text);
  char buffer[64];
  const ssize_t n = ::read(socket.get(), buffer, sizeof buffer);
  return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : "";
}

TEST_F(ProcessRuntimeTest, ConnectsToThePortInside) {
  (*runtime_)->Start("job", EchoServer(Shell("")));
  std::optional<FileDescriptor> socket;
  ASSERT_TRUE(Eventually([&] { return (socket = (*runtime_)->Connect("job")).has_value(); })) << Log();
  EXPECT_EQ(Ask(*socket, "hello"), "echo hello");
  (*runtime_)->Remove("job");
  EXPECT_FALSE((*runtime_)->Connect("job"));
}

TEST_F(ProcessRuntimeTest, TwoWorkloadsMayListenAtTheSamePort) {
  (*runtime_)->Start("one", EchoServer(Shell("")));
  (*runtime_)->Start("two", EchoServer(Shell("")));
  for (const char* id : {"one", "two"}) {
    std::optional<FileDescriptor> socket;
    ASSERT_TRUE(Eventually([&] { return (socket = (*runtime_)->Connect(id)).has_value(); })) << id;
    EXPECT_EQ(Ask(*socket, id), std::string("echo ") + id);
  }
  (*runtime_)->Remove("one");
  (*runtime_)->Remove("two");
}

TEST_F(ProcessRuntimeTest, AnotherServerTakesOverWhatRuns) {
  (*runtime_)->Start("job", EchoServer(Shell("")));
  ASSERT_TRUE(Eventually([&] { return HasLine("ready"); }));
  runtime_.reset();
  runtime_.emplace(data_);
  EXPECT_EQ((*runtime_)->List(), std::vector<std::string>{"job"});
  EXPECT_TRUE(runtime_->WaitUntilRunning("job").running);
  const auto socket = (*runtime_)->Connect("job");
  ASSERT_TRUE(socket);
  EXPECT_EQ(Ask(*socket, "again"), "echo again");
  (*runtime_)->Stop("job", Seconds(100));
  EXPECT_EQ(runtime_->WaitForEnd("job").reason, ExitReason::kStopped);
}

TEST_F(ProcessRuntimeTest, AnotherServerLearnsWhatEndedMeanwhile) {
  (*runtime_)->Start("job", Shell("read line < gate; exit 5"));
  ::mkfifo((work_ / "gate").c_str(), 0600);
  runtime_->WaitUntilRunning("job");
  runtime_.reset();
  std::ofstream(work_ / "gate") << "go\n";
  ASSERT_TRUE(Eventually([&] { return WorkloadFiles(data_ / "workloads" / "job").ReadState()->running == false; }));
  runtime_.emplace(data_);
  const auto state = (*runtime_)->Inspect("job");
  ASSERT_TRUE(state);
  EXPECT_FALSE(state->running);
  EXPECT_EQ(state->exit_code, 5);
}

TEST_F(ProcessRuntimeTest, StartsWhatWasRecordedAndHadNotBegun) {
  runtime_.reset();
  const WorkloadFiles files(data_ / "workloads" / "job");
  std::filesystem::create_directories(files.directory());
  files.WriteSpec(Shell("echo ran"));
  runtime_.emplace(data_);
  EXPECT_EQ(runtime_->WaitForEnd("job").reason, ExitReason::kExited);
  EXPECT_EQ(Lines(), std::vector<std::string>{"ran"});
}

TEST_F(ProcessRuntimeTest, NeverRunsAgainWhatHadBegun) {
  runtime_.reset();
  const WorkloadFiles files(data_ / "workloads" / "job");
  std::filesystem::create_directories(files.directory());
  files.WriteSpec(Shell("echo ran"));
  files.WriteState({.running = true});
  runtime_.emplace(data_);
  EXPECT_EQ((*runtime_)->Inspect("job")->reason, ExitReason::kSupervisorLost);
  EXPECT_TRUE(Lines().empty());
}

// Killed half-way through Remove, a server once found a spec without a state, and ran the workload a second time.
TEST_F(ProcessRuntimeTest, RemovesWhatWouldRunAgainFirst) {
  EXPECT_EQ(Run(Shell("true")).reason, ExitReason::kExited);
  const std::string id = (*runtime_)->List().front();
  const FileDescriptor watch(::inotify_init1(IN_NONBLOCK));
  ::inotify_add_watch(watch.get(), (data_ / "workloads" / id).c_str(), IN_DELETE);
  (*runtime_)->Remove(id);
  alignas(inotify_event) char events[4096];
  ASSERT_GT(::read(watch.get(), events, sizeof events), 0);
  EXPECT_STREQ(reinterpret_cast<const inotify_event*>(events)->name, "spec.json");
}

TEST_F(ProcessRuntimeTest, RecordsTheEndInSpaceTakenBefore) {
  const WorkloadFiles files(work_);
  files.ReserveState();
  struct stat reserved{}, used{};
  ASSERT_EQ(::stat((work_ / "state.spare").c_str(), &reserved), 0);
  files.WriteState({.running = true});
  files.WriteState({.running = false, .exit_code = 5});
  ASSERT_EQ(::stat((work_ / "state.json").c_str(), &used), 0);
  EXPECT_GT(used.st_blocks, 0);
  EXPECT_EQ(files.ReadState()->exit_code, 5);
  files.WriteState({.running = false, .exit_code = 6});
  ASSERT_EQ(::stat((work_ / "state.json").c_str(), &used), 0);
  EXPECT_EQ(used.st_ino, reserved.st_ino);
  EXPECT_EQ(files.ReadState()->exit_code, 6);
}

TEST_F(ProcessRuntimeTest, ForgetsAStartThatWasNotRecorded) {
  runtime_.reset();
  std::filesystem::create_directories(data_ / "workloads" / "job");
  runtime_.emplace(data_);
  EXPECT_TRUE((*runtime_)->List().empty());
  EXPECT_EQ(Run(Shell("true")).reason, ExitReason::kExited);
}

TEST_F(ProcessRuntimeTest, AKilledSupervisorLeavesNothingRunning) {
  const std::string mark = "supervisor-test-" + std::to_string(::getpid());
  (*runtime_)->Start("job", Shell("python3 -c 'import time; time.sleep(1000)' " + mark + " & echo ready; wait"));
  ASSERT_TRUE(Eventually([&] { return HasLine("ready"); }));
  runtime_->WaitUntilRunning("job");
  const pid_t supervisor = FindProcess((data_ / "workloads" / "job").string());
  ASSERT_GT(supervisor, 0);
  ::kill(supervisor, SIGKILL);
  const WorkloadState state = runtime_->WaitForEnd("job");
  EXPECT_EQ(state.reason, ExitReason::kSupervisorLost);
  EXPECT_GT(state.started.milliseconds, 0);
  EXPECT_TRUE(Eventually([&] { return FindProcess(mark) == -1; }));
}

TEST_F(ProcessRuntimeTest, RemoveLeavesNothing) {
  (*runtime_)->Start("job", Shell("sleep 1000"));
  (*runtime_)->Remove("job");
  EXPECT_FALSE((*runtime_)->Inspect("job"));
  EXPECT_FALSE(std::filesystem::exists(data_ / "workloads" / "job"));
  (*runtime_)->Start("job", Shell("exit 4"));
  EXPECT_EQ(runtime_->WaitForEnd("job").exit_code, 4);
}

TEST_F(ProcessRuntimeTest, AFloodOfOutputIsAllInTheLog) {
  EXPECT_EQ(Run(Shell("exec seq 200000")).exit_code, 0);
  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 200'000u);
  EXPECT_EQ(lines.back(), "200000");
}

TEST_F(ProcessRuntimeTest, AWorkloadThatPrintsWithoutEndCanBeStopped) {
  (*runtime_)->Start("job", Shell("exec yes"));
  ASSERT_TRUE(Eventually([&] { return std::filesystem::exists(log_) && std::filesystem::file_size(log_) > 0; }));
  (*runtime_)->Stop("job", Seconds(5));
  EXPECT_EQ(runtime_->WaitForEnd("job").reason, ExitReason::kStopped);
}

}  // namespace
}  // namespace sagebrush::runtime
