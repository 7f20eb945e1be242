#include <fcntl.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <fstream>

#include "base/directory.h"
#include "base/error.h"
#include "runtime/cgroup.h"
#include "runtime/output_budget.h"
#include "runtime/process_runtime_fixture.h"

namespace sagebrush::runtime {
namespace {

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
  EXPECT_FALSE((*runtime_)->Connect("nothing", 8080));
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
  const WorkloadFiles files(data_ / "workloads" / "job");
  EXPECT_TRUE(Cgroup(files.CgroupName()).KillAll(Milliseconds(0)));  // Nothing is left of it.
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

TEST_F(ProcessRuntimeTest, AnotherServerTakesOverWhatRuns) {
  (*runtime_)->Start("job", EchoServer(Shell("")));
  ASSERT_TRUE(Eventually([&] { return HasLine("ready"); }));
  runtime_.reset();
  runtime_.emplace(data_);
  EXPECT_EQ((*runtime_)->List(), std::vector<std::string>{"job"});
  EXPECT_TRUE(runtime_->WaitUntilRunning("job").running);
  const auto socket = (*runtime_)->Connect("job", 8080);
  ASSERT_TRUE(socket);
  EXPECT_EQ(Ask(*socket, "again"), "echo again");
  (*runtime_)->Stop("job", Seconds(100));
  EXPECT_EQ(runtime_->WaitForEnd("job").reason, ExitReason::kStopped);
}

// Their control groups once had the same name, and the end of one workload killed the other.
TEST_F(ProcessRuntimeTest, TwoServersMayRunWorkloadsOfTheSameId) {
  Watched other(directory_.path() / "other");
  WorkloadSpec spec = Shell("true");
  spec.log_file = directory_.path() / "other log";
  (*runtime_)->Start("job", EchoServer(Shell("")));
  ASSERT_TRUE(Eventually([&] { return HasLine("ready"); }));
  other->Start("job", spec);
  EXPECT_EQ(other.WaitForEnd("job").reason, ExitReason::kExited);
  other->Remove("job");
  const auto socket = (*runtime_)->Connect("job", 8080);
  ASSERT_TRUE(socket);
  EXPECT_EQ(Ask(*socket, "alive"), "echo alive");
}

TEST_F(ProcessRuntimeTest, AnotherServerLearnsWhatEndedMeanwhile) {
  ::mkfifo((work_ / "gate").c_str(), 0600);
  (*runtime_)->Start("job", Shell("read line < gate; exit 5"));
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

TEST_F(ProcessRuntimeTest, MakingTooManyFilesEndsItAsDiskFull) {
  WorkloadSpec spec = Shell("i=0; while true; do : > f$i; i=$((i+1)); done");
  spec.disk_bytes_max = 1000 * kDiskBytesPerFile;
  const WorkloadState state = Run(spec);
  EXPECT_EQ(state.reason, ExitReason::kDiskFull);
  EXPECT_TRUE(state.message.starts_with("it made more than 1000 files")) << state.message;
}

TEST_F(ProcessRuntimeTest, WhatItWritesDeepDownOrWithoutANameCounts) {
  if (Cgroup limits("probe"); limits.Create({0, 0, 64}), !limits.Remove() || !limits.missing().empty()) {
    GTEST_SKIP() << "the processes of a workload are found through its control groups";
  }
  WorkloadSpec spec = Shell(
      "exec python3 -c 'import os\nfor i in range(3000):\n  os.mkdir(\"d\"); os.chdir(\"d\")\n"
      "kept = []\nwhile True:\n  kept.append(open(\"f\", \"wb\")); kept[-1].write(bytes(1000000)); kept[-1].flush()\n"
      "  os.unlink(\"f\")'");
  spec.disk_bytes_max = 100'000'000;
  EXPECT_EQ(Run(spec).reason, ExitReason::kDiskFull) << Log();
  RemoveTree(work_);
}

TEST_F(ProcessRuntimeTest, AFloodOfOutputIsAllInTheLog) {
  EXPECT_EQ(Run(Shell("exec seq 200000")).exit_code, 0);
  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 200'000u);
  EXPECT_EQ(lines.back(), "200000");
}

TEST_F(ProcessRuntimeTest, AFloodOfOutputTakesABoundedPartOfTheDisk) {
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(Run(Shell("yes 0123456789012345678901234567890123456789 | head -c 80000000; echo; echo last")).exit_code,
            0);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  EXPECT_LT(static_cast<double>(std::filesystem::file_size(log_)),
            OutputBudget::kBurst + seconds * OutputBudget::kRate + 1e6);
  EXPECT_EQ(Lines().back(), "last");  // Whatever was dropped: the end tells why.
}

TEST_F(ProcessRuntimeTest, AWorkloadThatPrintsWithoutEndCanBeStopped) {
  (*runtime_)->Start("job", Shell("exec yes"));
  ASSERT_TRUE(Eventually([&] { return std::filesystem::exists(log_) && std::filesystem::file_size(log_) > 0; }));
  (*runtime_)->Stop("job", Seconds(5));
  EXPECT_EQ(runtime_->WaitForEnd("job").reason, ExitReason::kStopped);
}

}  // namespace
}  // namespace sagebrush::runtime
