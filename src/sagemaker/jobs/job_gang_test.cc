#include "sagemaker/jobs/job_gang.h"

#include <gtest/gtest.h>

namespace sagebrush::sagemaker {
namespace {

using runtime::ExitReason;
using runtime::WorkloadState;

const WorkloadState kComing{.running = true};
WorkloadState Runs(std::int64_t since) { return {.running = true, .started = {since}}; }
WorkloadState Ended(std::int64_t at, int code, ExitReason reason = ExitReason::kExited) {
  return {.started = {1}, .ended = {at}, .reason = reason, .exit_code = code};
}

struct Row {
  const char* name;
  std::vector<std::optional<WorkloadState>> hosts;
  bool running, over;
  std::size_t host;
  std::int64_t started, ended;
};

TEST(JobRun, IsThatOfAllHosts) {
  const Row rows[] = {
      {"one that runs", {Runs(5)}, true, false, 0, 5, 0},
      {"one that has ended", {Ended(7, 0)}, false, false, 0, 1, 7},
      {"one that failed", {Ended(7, 3)}, false, true, 0, 1, 7},
      {"started when all have", {Runs(5), Runs(6)}, true, false, 0, 6, 0},
      {"one is not started yet", {Runs(5), kComing}, true, false, 0, 0, 0},
      {"one is done", {Ended(7, 0), Runs(6)}, true, false, 0, 6, 0},
      {"all are done", {Ended(7, 0), Ended(9, 0)}, false, false, 0, 1, 9},
      {"one failed", {Runs(5), Ended(7, 3)}, true, true, 1, 5, 0},
      {"the others were stopped then", {Ended(8, 143, ExitReason::kStopped), Ended(8, 3)}, false, true, 1, 1, 8},
      {"the first that failed", {Ended(9, 4), Ended(7, 3)}, false, true, 1, 1, 9},
      {"all were stopped",
       {Ended(8, 143, ExitReason::kStopped), Ended(7, 0, ExitReason::kStopped)},
       false,
       true,
       1,
       1,
       8},
  };
  for (const Row& row : rows) {
    const auto run = RunOf(row.hosts, EndsJobByFailure);
    ASSERT_TRUE(run) << row.name;
    EXPECT_EQ(run->state.running, row.running) << row.name;
    EXPECT_EQ(run->over, row.over) << row.name;
    EXPECT_EQ(run->host, row.host) << row.name;
    EXPECT_EQ(run->state.started.milliseconds, row.started) << row.name;
    EXPECT_EQ(run->state.ended.milliseconds, row.ended) << row.name;
    EXPECT_EQ(run->state.exit_code, row.hosts[row.host]->exit_code) << row.name;
  }
}

TEST(JobRun, IsNoneUnlessAllAreKnown) {
  EXPECT_FALSE(RunOf({std::nullopt}, EndsJobByFailure));
  EXPECT_FALSE(RunOf({Runs(5), std::nullopt}, EndsJobByFailure));
}

TEST(JobRun, WhatEndsTheJobIsItsKindsToSay) {
  const auto first_only = [](const WorkloadState& host) { return host.exit_code == 9; };
  EXPECT_FALSE(RunOf({Runs(5), Ended(7, 3)}, first_only)->over);
  EXPECT_TRUE(RunOf({Runs(5), Ended(7, 9)}, first_only)->over);
}

TEST(JobRun, HasAWorkloadForEachHost) {
  store::Resource job;
  job.uid = "uid";
  EXPECT_EQ(WorkloadOf(job, 0), "uid");
  EXPECT_EQ(WorkloadOf(job, 1), "uid-algo-2");
}

}  // namespace
}  // namespace sagebrush::sagemaker
