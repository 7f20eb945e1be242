#include "sagemaker/jobs/job_outcome.h"

#include <gtest/gtest.h>

namespace sagebrush::sagemaker {
namespace {

using runtime::ExitReason;
using runtime::WorkloadState;

WorkloadState Exited(ExitReason reason, int code) {
  WorkloadState run;
  run.reason = reason;
  run.exit_code = code;
  return run;
}

const JobForm& Form() {
  static const Noun noun{};
  static const JobForm form{.noun = noun,
                            .resources = "Resources",
                            .role = "RoleArn",
                            .start_member = "StartTime",
                            .end_member = "EndTime",
                            .log_group = "/jobs",
                            .use = "training",
                            .output = "Artifact",
                            .loss_advice = "; it goes on where it was"};
  return form;
}

JobOutcome OutcomeOf(const WorkloadState& run, const std::string& failure_text = "",
                     const std::string& last_lines = "") {
  store::Resource job;
  job.spec = {{"Resources", {{"InstanceType", "ml.m5.large"}, {"VolumeSizeInGB", 7}}}};
  return OutcomeOf(Form(), job, run, failure_text, last_lines);
}

TEST(JobOutcome, IsCompletedOnlyOnExitCodeZero) {
  EXPECT_EQ(OutcomeOf(Exited(ExitReason::kExited, 0)).result, JobResult::kCompleted);
  EXPECT_EQ(OutcomeOf(Exited(ExitReason::kExited, 1)).result, JobResult::kFailed);
}

// The first 1,024 characters of /opt/ml/output/failure become FailureReason after "AlgorithmError: "
// (Developer Guide, your-algorithms-training-algo-output).
TEST(JobOutcome, TakesTheFailureFileBeforeTheLog) {
  const auto outcome = OutcomeOf(Exited(ExitReason::kExited, 2), "eta must be at most 1", "log line");
  EXPECT_EQ(outcome.reason, "AlgorithmError: eta must be at most 1, exit code: 2");
  EXPECT_EQ(OutcomeOf(Exited(ExitReason::kExited, 2), "", "log line").reason, "AlgorithmError: log line, exit code: 2");
}

TEST(JobOutcome, NamesTheSignalThatEndedIt) {
  const auto reason = [](int code) { return OutcomeOf(Exited(ExitReason::kExited, code)).reason; };
  EXPECT_EQ(reason(132), "AlgorithmError: exit code: 132 (SIGILL)");
  EXPECT_EQ(reason(139), "AlgorithmError: exit code: 139 (SIGSEGV)");
  EXPECT_EQ(reason(128), "AlgorithmError: exit code: 128");
  EXPECT_EQ(reason(255), "AlgorithmError: exit code: 255");
}

TEST(JobOutcome, KeepsTheClassThatABuiltInAlgorithmGives) {
  const auto outcome = OutcomeOf(Exited(ExitReason::kExited, 1), "ClientError: bad eta");
  EXPECT_EQ(outcome.reason, "ClientError: bad eta, exit code: 1");
}

TEST(JobOutcome, SaysWhyTheLogMissesTheLinesThatWouldTell) {
  runtime::WorkloadState run = Exited(ExitReason::kExited, 1);
  run.message = "2 lines at the end of the log are missing: Cannot write: No space left on device";
  EXPECT_EQ(OutcomeOf(run).reason,
            "AlgorithmError: exit code: 1. 2 lines at the end of the log are missing: Cannot write: No space left on "
            "device. Check the space on the server's disk.");
}

TEST(JobOutcome, SaysWhatOfTheDiskEndedIt) {
  runtime::WorkloadState run = Exited(ExitReason::kDiskFull, 137);
  run.message = "it made more than 100 files";
  EXPECT_EQ(OutcomeOf(run).reason, "AlgorithmError: The job was ended: it made more than 100 files.");
}

TEST(JobOutcome, NamesTheInputThatCannotBeStreamed) {
  runtime::WorkloadState run = Exited(ExitReason::kInputFailed, 137);
  run.message = "Channel train: s3://b/k is no gzip file: incorrect header check.";
  EXPECT_EQ(OutcomeOf(run).reason, "ClientError: " + run.message);
}

TEST(JobOutcome, IsStoppedWhenTimeRanOut) {
  const auto outcome = OutcomeOf(Exited(ExitReason::kTimedOut, 143));
  EXPECT_EQ(outcome.result, JobResult::kRanTooLong);
  EXPECT_EQ(StateOf(outcome.result), "Stopped");
}

TEST(JobOutcome, SaysWhatToDoForEveryWayToFail) {
  for (const ExitReason reason :
       {ExitReason::kOutOfMemory, ExitReason::kDiskFull, ExitReason::kStartFailed, ExitReason::kSupervisorLost}) {
    const auto outcome = OutcomeOf(Exited(reason, 137));
    EXPECT_EQ(outcome.result, JobResult::kFailed);
    EXPECT_GT(outcome.reason.size(), 60u);
  }
}

TEST(JobOutcome, NamesTheMembersOfItsKind) {
  EXPECT_EQ(OutcomeOf(Exited(ExitReason::kDiskFull, 137)).reason,
            "AlgorithmError: The job wrote more than its volume of 7 GB holds and was ended. Raise "
            "Resources.VolumeSizeInGB, or write less.");
  EXPECT_TRUE(OutcomeOf(Exited(ExitReason::kSupervisorLost, 137)).reason.ends_with("; it goes on where it was."));
}

}  // namespace
}  // namespace sagebrush::sagemaker
