#include "sagemaker/archive.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::sagemaker {
namespace {

namespace fs = std::filesystem;

class Archive : public testing::Test {
 protected:
  Archive() {
    fs::create_directories(root / "in/sub");
    fs::create_directories(root / "out");
    WriteFileDurably(root / "in/model", std::string(100'000, 'm'));
    WriteFileDurably(root / "in/sub/more", "more");
  }
  TemporaryDirectory directory;
  const Path root = directory.path();
};

TEST_F(Archive, ComesBackAsItWas) {
  PackDirectory(root / "in", root / "a.tar.gz");
  UnpackArchive(root / "a.tar.gz", root / "out", 1'000'000);
  EXPECT_EQ(ReadFile(root / "out/model"), std::string(100'000, 'm'));
  EXPECT_EQ(ReadFile(root / "out/sub/more"), "more");
}

TEST_F(Archive, IsTheSameBytesForTheSameTree) {
  PackDirectory(root / "in", root / "a.tar.gz");
  fs::last_write_time(root / "in/model", fs::file_time_type::clock::now() + std::chrono::hours(1));
  PackDirectory(root / "in", root / "b.tar.gz");
  EXPECT_EQ(ReadFile(root / "a.tar.gz"), ReadFile(root / "b.tar.gz"));
}

TEST_F(Archive, DoesNotUnpackMoreThanTheVolumeHolds) {
  PackDirectory(root / "in", root / "a.tar.gz");
  EXPECT_THROW(UnpackArchive(root / "a.tar.gz", root / "out", 50'000), Error);
}

TEST_F(Archive, RefusesLinksThatLeadOut) {
  fs::create_symlink("/etc/passwd", root / "in/absolute");
  PackDirectory(root / "in", root / "a.tar.gz");
  EXPECT_THROW(UnpackArchive(root / "a.tar.gz", root / "out", 1'000'000), Error);
  fs::remove(root / "in/absolute");
  fs::create_symlink("../../etc/passwd", root / "in/sub/upwards");
  PackDirectory(root / "in", root / "b.tar.gz");
  EXPECT_THROW(UnpackArchive(root / "b.tar.gz", root / "out", 1'000'000), Error);
}

TEST_F(Archive, KeepsLinksThatStayInside) {
  fs::create_symlink("../model", root / "in/sub/inside");
  PackDirectory(root / "in", root / "a.tar.gz");
  UnpackArchive(root / "a.tar.gz", root / "out", 1'000'000);
  EXPECT_EQ(ReadFile(root / "out/sub/inside").size(), 100'000u);
}

TEST_F(Archive, ThatIsNoneIsRefused) {
  WriteFileDurably(root / "a.tar.gz", "this is no archive");
  EXPECT_THROW(UnpackArchive(root / "a.tar.gz", root / "out", 1'000'000), Error);
}

}  // namespace
}  // namespace sagebrush::sagemaker
