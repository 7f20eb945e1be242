#include "server/data_directory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/error.h"

namespace sagebrush::server {
namespace {

class DataDirectory : public testing::Test {
 protected:
  void SetUp() override { umask_ = ::umask(0022); }
  void TearDown() override { ::umask(umask_); }

  void MakeAll() {
    for (const char* name : {"objects", "tls"}) std::filesystem::create_directories(data_ / name);
    for (const char* name : {"resources.db", "objects/index.db", "server.key", "tls/ca.pem", "tls/ca-key.pem"}) {
      WriteFileDurably(data_ / name, "content");
    }
  }
  std::string ErrorOfOpening() {
    try {
      OpenDataDirectory(data_);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  unsigned ModeOf(const Path& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777;
  }

  TemporaryDirectory directory_;
  Path data_ = directory_.path() / "a" / "data";
  mode_t umask_ = 0;
};

TEST_F(DataDirectory, IsForItsOwnerOnlyAndSoIsWhatIsMadeLater) {
  EXPECT_EQ(OpenDataDirectory(data_), data_);
  EXPECT_EQ(ModeOf(data_), 0700u);
  OpenFile(data_ / "later", O_WRONLY | O_CREAT, 0666);
  EXPECT_EQ(ModeOf(data_ / "later"), 0600u);
}

TEST_F(DataDirectory, ALooserOneIsTightened) {
  std::filesystem::create_directories(data_ / "objects");
  OpenFile(data_ / "resources.db", O_WRONLY | O_CREAT, 0644);
  ASSERT_EQ(ModeOf(data_), 0755u);
  OpenDataDirectory(data_);
  EXPECT_EQ(ModeOf(data_), 0700u);
  EXPECT_EQ(ModeOf(data_ / "objects"), 0700u);
  EXPECT_EQ(ModeOf(data_ / "resources.db"), 0600u);
}

TEST_F(DataDirectory, ALinkInItIsNotFollowed) {
  std::filesystem::create_directories(data_);
  OpenFile(directory_.path() / "other", O_WRONLY | O_CREAT, 0644);
  std::filesystem::create_symlink(directory_.path() / "other", data_ / "link");
  OpenDataDirectory(data_);
  EXPECT_EQ(ModeOf(directory_.path() / "other"), 0644u);
}

TEST_F(DataDirectory, AFileThatIsMissingFromACompleteOneIsNamed) {
  for (const char* name : {"resources.db", "objects/index.db", "server.key", "tls/ca.pem", "tls/ca-key.pem"}) {
    MakeAll();
    MarkComplete(data_);
    EXPECT_EQ(ErrorOfOpening(), "") << name;
    std::filesystem::remove(data_ / name);
    EXPECT_NE(ErrorOfOpening().find((data_ / name).string() + " is missing"), std::string::npos) << ErrorOfOpening();
    EXPECT_NE(ErrorOfOpening().find("backup"), std::string::npos) << ErrorOfOpening();
  }
}

TEST_F(DataDirectory, AnEmptyDatabaseIsMissing) {
  MakeAll();
  MarkComplete(data_);
  std::filesystem::resize_file(data_ / "resources.db", 0);
  EXPECT_NE(ErrorOfOpening().find("resources.db"), std::string::npos);
}

TEST_F(DataDirectory, OneOfAReleaseThatKnewNoMarkerIsNotNewEither) {
  MakeAll();
  WriteFileDurably(data_ / "server.json", "{}");
  std::filesystem::remove(data_ / "server.key");
  EXPECT_NE(ErrorOfOpening().find("server.key"), std::string::npos);
}

TEST_F(DataDirectory, AFirstStartThatWasCutShortGoesOn) {
  std::filesystem::create_directories(data_);
  WriteFileDurably(data_ / "server.key", "content");
  EXPECT_EQ(ErrorOfOpening(), "");
}

}  // namespace
}  // namespace sagebrush::server
