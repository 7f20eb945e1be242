#include "sagemaker/jobs/job_step.h"

#include <gtest/gtest.h>

namespace sagebrush::sagemaker {
namespace {

TEST(JobStep, FollowsFromStateAndRun) {
  using enum JobStep;
  using runtime::ExitReason;
  runtime::WorkloadState running, exited, stopped;
  running.running = true;
  stopped.reason = ExitReason::kStopped;
  const JsonObject stop{{"Stop", true}};
  const struct {
    const char* state;
    JsonObject spec;
    bool started;
    std::optional<runtime::WorkloadState> run;
    JobStep step;
  } rows[] = {
      {"InProgress", {}, false, std::nullopt, kStart},
      {"Stopping", stop, false, std::nullopt, kEndUnstarted},
      {"InProgress", {}, true, std::nullopt, kReportLost},
      {"Stopping", stop, true, std::nullopt, kReportLost},
      {"InProgress", {}, false, running, kWatch},
      {"InProgress", {}, true, running, kWatch},
      {"Stopping", stop, true, running, kStop},
      {"InProgress", {}, true, exited, kFinish},
      {"InProgress", {}, false, exited, kFinish},
      {"Stopping", stop, true, stopped, kFinish},
      {"Completed", {}, true, exited, kCleanUp},
      {"Failed", {}, true, std::nullopt, kNothing},
      {"Stopped", {}, false, std::nullopt, kNothing},
  };
  for (const auto& row : rows) {
    store::Resource job;
    job.state = row.state;
    job.spec = row.spec;
    EXPECT_EQ(NextStep(job, row.started, row.run), row.step) << row.state << ToText(job.spec) << row.started;
  }
}

}  // namespace
}  // namespace sagebrush::sagemaker
