#include "sagemaker/training/training_job_step.h"

#include <gtest/gtest.h>

namespace sagebrush::sagemaker {
namespace {

using runtime::ExitReason;
using runtime::WorkloadState;

store::Resource Job(const std::string& state, Json spec = JsonObject(), Json status = JsonObject()) {
  store::Resource job;
  job.state = state;
  job.spec = std::move(spec);
  job.status = std::move(status);
  return job;
}

WorkloadState Exited(ExitReason reason, int code) {
  WorkloadState run;
  run.reason = reason;
  run.exit_code = code;
  return run;
}

WorkloadState Running() {
  WorkloadState run;
  run.running = true;
  return run;
}

TEST(TrainingJobStep, FollowsFromStateAndRun) {
  using enum TrainingJobStep;
  const Json stop{{"Stop", true}};
  const Json started{{"TrainingStartTime", 1.0}};
  const struct {
    store::Resource job;
    std::optional<WorkloadState> run;
    TrainingJobStep step;
  } rows[] = {
      {Job("InProgress"), std::nullopt, kStart},
      {Job("Stopping", stop), std::nullopt, kEndUnstarted},
      {Job("InProgress", JsonObject(), started), std::nullopt, kReportLost},
      {Job("Stopping", stop, started), std::nullopt, kReportLost},
      {Job("InProgress"), Running(), kWatch},
      {Job("Stopping", stop), Running(), kStop},
      {Job("InProgress"), Exited(ExitReason::kExited, 0), kFinish},
      {Job("Stopping", stop), Exited(ExitReason::kStopped, 143), kFinish},
      {Job("Completed"), Exited(ExitReason::kExited, 0), kCleanUp},
      {Job("Failed"), std::nullopt, kNothing},
      {Job("Stopped"), std::nullopt, kNothing},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(NextStep(row.job, row.run), row.step) << row.job.state << ToText(row.job.spec) << ToText(row.job.status);
  }
}

TEST(TrainingOutcome, IsCompletedOnlyOnExitCodeZero) {
  EXPECT_EQ(OutcomeOf(Job("InProgress"), Exited(ExitReason::kExited, 0), "", "").state, "Completed");
  EXPECT_EQ(OutcomeOf(Job("InProgress"), Exited(ExitReason::kExited, 1), "", "").state, "Failed");
}

// The first 1,024 characters of /opt/ml/output/failure become FailureReason after "AlgorithmError: "
// (Developer Guide, your-algorithms-training-algo-output).
TEST(TrainingOutcome, TakesTheFailureFileBeforeTheLog) {
  const auto outcome =
      OutcomeOf(Job("InProgress"), Exited(ExitReason::kExited, 2), "eta must be at most 1", "log line");
  EXPECT_EQ(outcome.failure_reason, "AlgorithmError: eta must be at most 1, exit code: 2");
  EXPECT_EQ(OutcomeOf(Job("InProgress"), Exited(ExitReason::kExited, 2), "", "log line").failure_reason,
            "AlgorithmError: log line, exit code: 2");
}

TEST(TrainingOutcome, NamesTheSignalThatEndedIt) {
  const auto reason = [](int code) {
    return OutcomeOf(Job("InProgress"), Exited(ExitReason::kExited, code), "", "").failure_reason;
  };
  EXPECT_EQ(reason(132), "AlgorithmError: exit code: 132 (SIGILL)");
  EXPECT_EQ(reason(139), "AlgorithmError: exit code: 139 (SIGSEGV)");
  EXPECT_EQ(reason(128), "AlgorithmError: exit code: 128");
  EXPECT_EQ(reason(255), "AlgorithmError: exit code: 255");
}

TEST(TrainingOutcome, KeepsTheClassThatABuiltInAlgorithmGives) {
  const auto outcome = OutcomeOf(Job("InProgress"), Exited(ExitReason::kExited, 1), "ClientError: bad eta", "");
  EXPECT_EQ(outcome.failure_reason, "ClientError: bad eta, exit code: 1");
}

TEST(TrainingOutcome, SaysWhyTheLogMissesTheLinesThatWouldTell) {
  runtime::WorkloadState run = Exited(ExitReason::kExited, 1);
  run.message = "2 lines at the end of the log are missing: Cannot write: No space left on device";
  EXPECT_EQ(OutcomeOf(Job("InProgress"), run, "", "").failure_reason,
            "AlgorithmError: exit code: 1. 2 lines at the end of the log are missing: Cannot write: No space left on "
            "device. Check the space on the server's disk.");
}

TEST(TrainingOutcome, SaysWhatOfTheDiskEndedIt) {
  runtime::WorkloadState run = Exited(ExitReason::kDiskFull, 137);
  run.message = "it made more than 100 files";
  EXPECT_EQ(OutcomeOf(Job("InProgress"), run, "", "").failure_reason,
            "AlgorithmError: The job was ended: it made more than 100 files.");
}

TEST(TrainingOutcome, IsStoppedWhenTimeRanOut) {
  const auto outcome = OutcomeOf(Job("InProgress"), Exited(ExitReason::kTimedOut, 143), "", "");
  EXPECT_EQ(outcome.state, "Stopped");
  EXPECT_EQ(outcome.secondary_status, "MaxRuntimeExceeded");
}

TEST(TrainingOutcome, SaysWhatToDoForEveryWayToFail) {
  for (const ExitReason reason :
       {ExitReason::kOutOfMemory, ExitReason::kDiskFull, ExitReason::kStartFailed, ExitReason::kSupervisorLost}) {
    const auto outcome = OutcomeOf(Job("InProgress"), Exited(reason, 137), "", "");
    EXPECT_EQ(outcome.state, "Failed");
    EXPECT_GT(outcome.failure_reason.size(), 60u);
  }
}

TEST(SecondaryStatusTransitions, EndWhenTheNextBegins) {
  store::Resource job = Job("InProgress");
  RecordTransition(job, "Starting", "waiting", Time{1000});
  RecordTransition(job, "Starting", "still waiting", Time{2000});
  RecordTransition(job, "Training", "training", Time{3000});
  EXPECT_EQ(ToText(job.status.at("SecondaryStatusTransitions")),
            R"([{"Status":"Starting","StartTime":1,"StatusMessage":"still waiting","EndTime":3},)"
            R"({"Status":"Training","StartTime":3,"StatusMessage":"training"}])");
}

}  // namespace
}  // namespace sagebrush::sagemaker
