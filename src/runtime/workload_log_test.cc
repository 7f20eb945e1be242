#include "runtime/workload_log.h"

#include <gtest/gtest.h>

namespace sagebrush::runtime {
namespace {

class WorkloadLogTest : public testing::Test {
 protected:
  std::vector<std::string> Lines() {
    std::vector<std::string> lines;
    ReadLines(file_, 0, [&](const LogLine& line) { return lines.push_back(line.message), true; });
    return lines;
  }
  // Prints until the log takes no more, and one more: "flood".
  void Flood(std::int64_t now) {
    const std::string piece(200'000, 'x');
    while (!log_.IsFlooded()) log_.Write(piece, now);
    log_.Write("flood", now);
  }

  TemporaryDirectory directory_;
  Path file_ = directory_.path() / "log";
  WorkloadLog log_{file_};
};

TEST(OutputBudget, TakesABurstAtOnceAndTheRateInTheLongRun) {
  OutputBudget budget(1000, 5000);
  EXPECT_TRUE(budget.Take(5000, 0));
  EXPECT_FALSE(budget.Take(1, 0));
  EXPECT_TRUE(budget.over());
  EXPECT_FALSE(budget.Take(1, 100));  // Not line by line.
  EXPECT_TRUE(budget.Take(1, 250));
  EXPECT_FALSE(budget.over());
  std::int64_t taken = 0;
  for (std::int64_t now = 1000; now < 101'000; ++now) taken += budget.Take(100, now) ? 100 : 0;
  EXPECT_NEAR(static_cast<double>(taken), 100'000, 2000);
}

TEST_F(WorkloadLogTest, WritesWhatIsWithinTheBudget) {
  log_.Write("one", 0);
  log_.Say("two");
  log_.Finish();
  EXPECT_EQ(Lines(), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(log_.Failure(), "");
}

TEST_F(WorkloadLogTest, AFloodIsBoundedAndTheLogSaysWhatIsMissing) {
  Flood(0);
  EXPECT_LT(std::filesystem::file_size(file_), OutputBudget::kBurst + 1000u);
  log_.Write("later", 10'000);
  EXPECT_FALSE(log_.IsFlooded());
  const auto lines = Lines();
  ASSERT_GE(lines.size(), 2u);
  EXPECT_EQ(lines.back(), "later");
  EXPECT_EQ(lines[lines.size() - 2],
            "sagebrush: 2 lines (200005 bytes) are missing here: the workload printed more than 4 MiB a second.");
}

// A reason of failure is made of them.
TEST_F(WorkloadLogTest, TheLastLinesOfAFloodAreKept) {
  Flood(0);
  for (int i = 0; i < 100; ++i) log_.Write("line " + std::to_string(i), 0);
  log_.Finish();
  const auto lines = Lines();
  ASSERT_GE(lines.size(), 21u);
  EXPECT_EQ(lines.back(), "line 99");
  EXPECT_EQ(lines[lines.size() - 20], "line 80");
  EXPECT_TRUE(lines[lines.size() - 21].starts_with("sagebrush: 82 lines (")) << lines[lines.size() - 21];
}

}  // namespace
}  // namespace sagebrush::runtime
