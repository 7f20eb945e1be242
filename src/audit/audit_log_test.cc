#include "audit/audit_log.h"

#include <gtest/gtest.h>

namespace sagebrush::audit {
namespace {

class AuditLogTest : public ::testing::Test {
 protected:
  std::unique_ptr<AuditLog> Open() {
    return std::make_unique<AuditLog>(directory_.path() / "audit", clock_, limits_,
                                      [](std::uint64_t lost) { return "lost " + std::to_string(lost) + "\n"; });
  }

  std::string Whole(const AuditLog& log) {
    std::string text;
    for (const Path& file : log.Files()) text += ReadFile(file);
    return text;
  }

  TemporaryDirectory directory_;
  FakeClock clock_;
  AuditLimits limits_;
};

TEST_F(AuditLogTest, KeepsLinesInTheirOrderAlsoOverARestart) {
  auto log = Open();
  for (const char* const line : {"a\n", "b\n", "c\n"}) log->Append(line);
  log.reset();
  log = Open();
  log->Append("d\n");
  log->Flush();
  EXPECT_EQ(Whole(*log), "a\nb\nc\nd\n");
  EXPECT_EQ(log->Files().size(), 2u);  // Behind what a crash cut off nothing is appended.
}

TEST_F(AuditLogTest, BeginsAFileWhenOneIsFullAndDeletesTheOldestOverItsBytes) {
  limits_.file_bytes_max = 10;
  limits_.bytes_max = 40;
  const auto log = Open();
  for (int i = 0; i < 20; ++i) {
    log->Append("line " + std::to_string(100 + i) + "\n");
    log->Flush();
  }
  const std::string text = Whole(*log);
  EXPECT_TRUE(text.ends_with("line 118\nline 119\n")) << text;
  EXPECT_LE(text.size(), 60u);
  EXPECT_EQ(log->lost(), 0u);
}

TEST_F(AuditLogTest, DeletesFilesWhoseLastLineIsTooOld) {
  limits_.file_bytes_max = 1;
  limits_.age_max = std::chrono::hours(24);
  const auto log = Open();
  for (const char* const line : {"a\n", "b\n", "c\n", "d\n", "e\n"}) {
    log->Append(line);
    log->Flush();
    clock_.Advance(std::chrono::hours(12));
  }
  EXPECT_EQ(Whole(*log), "b\nc\nd\ne\n");  // Of b's file the last line may be a day old.
}

TEST_F(AuditLogTest, CountsWhatWasLostAndSaysSoInTheTrail) {
  limits_.pending_bytes_max = 4;
  const auto log = Open();
  // However often its thread writes meanwhile, what is longer than may wait is lost.
  log->Append("too long\n");
  log->Append("too long\n", 2);
  log->Append("b\n");
  log->Flush();
  EXPECT_EQ(log->lost(), 3u);
  const std::string text = Whole(*log);
  EXPECT_NE(text.find("b\n"), std::string::npos);
  EXPECT_NE(text.find("lost "), std::string::npos);
  EXPECT_EQ(text.find("too long"), std::string::npos);
}

TEST_F(AuditLogTest, WritesWhatWaitedWhenTheDirectoryIsThereAgain) {
  limits_.file_bytes_max = 1;  // Each write begins a file.
  const auto log = Open();
  log->Append("a\n");
  log->Flush();
  std::filesystem::rename(directory_.path() / "audit", directory_.path() / "away");
  log->Append("b\n");
  log->Flush();
  std::filesystem::rename(directory_.path() / "away", directory_.path() / "audit");
  log->Append("c\n");
  log->Flush();
  EXPECT_EQ(Whole(*log), "a\nb\nc\n");
  EXPECT_EQ(log->lost(), 0u);
}

}  // namespace
}  // namespace sagebrush::audit
