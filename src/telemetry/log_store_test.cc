#include "telemetry/log_store.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::telemetry {
namespace {

class LogStoreTest : public testing::Test {
 protected:
  Path StreamOf(LogStore& store, const std::string& group, const std::string& stream) {
    return store.StreamFile("1", "us-east-1", group, stream);
  }

  TemporaryDirectory directory_;
  FakeClock clock_;
};

TEST_F(LogStoreTest, KnowsAStreamThatAWorkloadBeganAfterARestart) {
  for (int start = 0; start < 2; ++start) {
    LogStore store(directory_.path(), clock_);
    EXPECT_EQ(StreamOf(store, "g", "s"), LogStore::FileOf(directory_.path(), "1", "us-east-1", "g", "s"));
    const auto group = store.Find("1", "us-east-1", "g");
    ASSERT_NE(group, nullptr);
    EXPECT_NE(group->Find("s"), nullptr);
    EXPECT_EQ(group->Settings().retention_days, LogStore::kRetentionDaysDefault);
    EXPECT_EQ(group->Streams().size(), 1U);
  }
}

// A power failure may leave the file of a group whose creation nobody was told of without its bytes.
TEST_F(LogStoreTest, AGroupWhoseCreationWasCutOffIsNone) {
  const Path directory = LogStore::FileOf(directory_.path(), "1", "us-east-1", "g", "s").parent_path();
  std::filesystem::create_directories(directory);
  WriteFileDurably(directory / "group.json", "");
  WriteFileDurably(directory / "streams", "");
  LogStore store(directory_.path(), clock_);
  EXPECT_EQ(store.Find("1", "us-east-1", "g"), nullptr);
  StreamOf(store, "g", "s");
  EXPECT_NE(store.Find("1", "us-east-1", "g")->Find("s"), nullptr);
}

// As when the process has no descriptors left: what cannot be listed is not taken for empty, now or later.
TEST_F(LogStoreTest, GroupsThatCannotBeListedAreNotForgotten) {
  const Path region = LogStore::FileOf(directory_.path(), "1", "us-east-1", "g", "s").parent_path().parent_path();
  {
    LogStore store(directory_.path(), clock_);
    StreamOf(store, "g", "s");
  }
  LogStore store(directory_.path(), clock_);
  std::filesystem::rename(region, directory_.path() / "aside");
  WriteFileDurably(region, "");
  EXPECT_THROW(store.Find("1", "us-east-1", "g"), Error);
  std::filesystem::remove(region);
  std::filesystem::rename(directory_.path() / "aside", region);
  EXPECT_NE(store.Find("1", "us-east-1", "g"), nullptr);
}

TEST_F(LogStoreTest, AGroupMayBeDeletedBeforeItIsSynced) {
  LogStore store(directory_.path(), clock_);
  for (int i = 0; i < 50; ++i) {
    StreamOf(store, "g", "s");
    EXPECT_TRUE(store.Delete("1", "us-east-1", "g"));
  }
  EXPECT_EQ(store.Find("1", "us-east-1", "g"), nullptr);
}

}  // namespace
}  // namespace sagebrush::telemetry
