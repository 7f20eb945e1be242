// Pipes as a workload meets them, with feeders outside its sandbox. All that a workload may do to them is hostile.
#include "runtime/pipe_feeder.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>

#include <set>

#include "runtime/process_runtime_fixture.h"

namespace sagebrush::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(OrderOfEpoch, IsThatOfTheObjectsWithoutASeed) {
  EXPECT_THAT(OrderOfEpoch(3, std::nullopt, 7), ElementsAre(0, 1, 2));
  EXPECT_THAT(OrderOfEpoch(0, 5, 0), ElementsAre());
}

TEST(OrderOfEpoch, IsAnotherOneEachEpochAndTheSameForASeed) {
  std::set<std::vector<std::uint32_t>> orders;
  for (int epoch = 0; epoch < 20; ++epoch) {
    auto order = OrderOfEpoch(50, 1, epoch);
    EXPECT_EQ(order, OrderOfEpoch(50, 1, epoch));
    EXPECT_NE(order, OrderOfEpoch(50, 2, epoch));
    orders.insert(order);
    std::ranges::sort(order);
    EXPECT_EQ(order, OrderOfEpoch(50, std::nullopt, 0));
  }
  EXPECT_EQ(orders.size(), 20u);
}

class PipeFeederTest : public ProcessRuntimeTest {
 protected:
  // A workload with a read-only directory that holds the pipes of the channel "train".
  WorkloadSpec Reader(const std::string& script, const std::vector<std::string>& contents = {"a\n", "b\n", "c\n"}) {
    std::filesystem::create_directories(objects_);
    std::filesystem::create_directories(pipes_);
    std::string names;
    for (std::size_t i = 0; i < contents.size(); ++i) {
      WriteFileDurably(objects_ / std::to_string(i), contents[i], 0400);  // As the server's are.
      names += "s3://b/" + std::to_string(i) + "\n";
    }
    WriteFileDurably(objects_ / "names", names);
    WorkloadSpec spec = Shell("cd /opt/ml/data; " + script);
    spec.mounts.push_back({pipes_, "/opt/ml/data", true});
    spec.pipes.push_back({.name = "train", .objects = objects_, .pipes = pipes_});
    return spec;
  }

  // It has the command line of the supervisor, whose child it is. Its status; empty: there is none.
  std::string FeederStatus(pid_t& feeder) const {
    for (const auto& item : std::filesystem::directory_iterator("/proc")) {
      const std::string command = ReadFileIfExists(item.path() / "cmdline").value_or("");
      if (command.find((data_ / "workloads/job").string()) == std::string::npos) continue;
      const std::string status = ReadFileIfExists(item.path() / "status").value_or("");
      if (status.find("NoNewPrivs:\t1") == std::string::npos) continue;
      feeder = std::stoi(item.path().filename());
      return status;
    }
    return "";
  }

  const Path objects_ = directory_.path() / "objects";
  const Path pipes_ = directory_.path() / "pipes";
};

TEST_F(PipeFeederTest, StreamsAllObjectsEachEpoch) {
  const WorkloadState state = Run(Reader("cat train_0; cat train_1; cat train_2 | tail -1"));
  EXPECT_EQ(state.reason, ExitReason::kExited) << state.message;
  EXPECT_EQ(Log(), "a\nb\nc\na\nb\nc\nc\n");
}

TEST_F(PipeFeederTest, ShufflesEachEpochWithASeed) {
  std::vector<std::string> contents;
  std::string expected;
  for (int i = 0; i < 30; ++i) contents.push_back(std::to_string(i) + "\n");
  for (int epoch = 0; epoch < 2; ++epoch) {
    for (const auto number : OrderOfEpoch(30, 42, epoch)) expected += contents[number];
  }
  WorkloadSpec spec = Reader("cat train_0 train_1", contents);
  spec.pipes[0].shuffle_seed = 42;
  Run(spec);
  EXPECT_EQ(Log(), expected);
}

TEST_F(PipeFeederTest, ANextEpochIsThereForWhoClosesEarly) {
  const std::string large(4 << 20, 'x');
  Run(Reader("for i in 0 1 2 3 4 5; do test -p train_$i || exit 1; head -c1 train_$i; done; echo; ls", {large}));
  EXPECT_EQ(Lines().at(0), "xxxxxx");
  EXPECT_TRUE(HasLine("train_6")) << Log();
}

TEST_F(PipeFeederTest, AnEpochThatIsOverCannotBeOpenedAgain) {
  const WorkloadState state = Run(Reader("cat train_0; cat train_1 > /dev/null; cat train_0"));
  EXPECT_EQ(state.exit_code, 1);
  EXPECT_THAT(Log(), HasSubstr("No such file"));
}

TEST_F(PipeFeederTest, AnInputWithoutObjectsHasEmptyEpochs) {
  EXPECT_EQ(Run(Reader("cat train_0 train_1; echo done", {})).exit_code, 0);
  EXPECT_EQ(Log(), "done\n");
}

TEST_F(PipeFeederTest, AWorkloadThatNeverReadsIsStopped) {
  (*runtime_)->Start("job", Reader("echo waiting; sleep 1000"));
  runtime_->WaitUntilRunning("job");
  (*runtime_)->Stop("job", Seconds(0));
  EXPECT_EQ(runtime_->WaitForEnd("job").reason, ExitReason::kStopped);
}

TEST_F(PipeFeederTest, TheWorkloadCannotReplaceDeleteOrFillItsPipes) {
  WriteFileDurably(directory_.path() / "victim", "safe", 0666);
  const std::string victim = (directory_.path() / "victim").string();
  Run(Reader("rm -f train_0; mv train_0 x; ln -sf " + victim + " train_0; ln -s " + victim +
             " train_1; mkfifo train_1; chmod 777 .; "
             "touch x; (exec 3<> train_0) && echo could write; cat train_0; cat train_1; ls"));
  EXPECT_THAT(Log(), HasSubstr("a\nb\nc\na\nb\nc\n"));
  EXPECT_EQ(Lines().back(), "train_2") << Log();
  // A server that may not change users has its own for all: then a workload can spoil what it itself reads.
  if (UserOfJob()) EXPECT_FALSE(HasLine("could write"));
  EXPECT_EQ(ReadFile(directory_.path() / "victim"), "safe");
}

TEST_F(PipeFeederTest, WhatCannotBeUnpackedFailsTheWorkloadBeforeItTakesAPartForAll) {
  WorkloadSpec spec = Reader("cat train_0 > /dev/null; echo taken for all", {"no gzip"});
  spec.pipes[0].gzip = true;
  const WorkloadState state = Run(spec);
  EXPECT_EQ(state.reason, ExitReason::kInputFailed);
  EXPECT_THAT(state.message, HasSubstr("Channel train: s3://b/0 is no gzip file"));
  EXPECT_FALSE(HasLine("taken for all"));
}

// It belongs to the workload's supervisor, and nothing of it to the server.
TEST_F(PipeFeederTest, AStreamSurvivesTheServer) {
  (*runtime_)->Start("job", Reader("exec 3< train_0; head -c1 <&3; echo; until test -e /opt/ml/go; do sleep 0.01; "
                                   "done; wc -c <&3; cat train_1 | wc -c",
                                   {std::string(8 << 20, 'x')}));
  runtime_->WaitUntilRunning("job");
  ASSERT_TRUE(Eventually([&] { return HasLine("x"); }));
  runtime_.reset();
  WriteFileDurably(work_ / "go", "");
  ASSERT_TRUE(Eventually([&] { return HasLine("8388608"); })) << Log();
  runtime_.emplace(data_);
  EXPECT_EQ(runtime_->WaitForEnd("job").exit_code, 0);
}

TEST_F(PipeFeederTest, FeedsAsTheWorkloadsUserWithoutRights) {
  (*runtime_)->Start("job", Reader("echo ready; sleep 1000"));
  runtime_->WaitUntilRunning("job");
  pid_t feeder = -1;
  std::string status;
  ASSERT_TRUE(Eventually([&] { return !(status = FeederStatus(feeder)).empty(); }));
  EXPECT_THAT(status, HasSubstr("CapEff:\t0000000000000000"));
  const std::string user = std::to_string(UserOfJob().value_or(::geteuid()));
  EXPECT_THAT(status, HasSubstr("Uid:\t" + user + "\t" + user));
}

TEST_F(PipeFeederTest, AWorkloadEndsWithItsFeeder) {
  (*runtime_)->Start("job", Reader("exec 3< train_0; echo open; cat <&3 > /dev/null; sleep 1000"));
  ASSERT_TRUE(Eventually([&] { return HasLine("open"); }));
  pid_t feeder = -1;
  ASSERT_TRUE(Eventually([&] { return !FeederStatus(feeder).empty(); }));
  ::kill(feeder, SIGKILL);
  const WorkloadState state = runtime_->WaitForEnd("job");
  EXPECT_EQ(state.reason, ExitReason::kSupervisorLost);
  EXPECT_EQ(state.message, "What feeds the workload's pipes was killed.");
}

}  // namespace
}  // namespace sagebrush::runtime
