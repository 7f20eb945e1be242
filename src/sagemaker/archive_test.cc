#include "sagemaker/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
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
  // A tar file with one entry, or with two files of the same name.
  void WriteTar(const std::string& name, mode_t type, const std::string& second = "") {
    archive* out = archive_write_new();
    archive_write_set_format_pax_restricted(out);
    ASSERT_EQ(archive_write_open_filename(out, (root / "a.tar").c_str()), ARCHIVE_OK);
    archive_entry* entry = archive_entry_new();
    archive_entry_set_mode(entry, type | 0644);
    archive_entry_set_size(entry, 0);
    if (type == AE_IFLNK) archive_entry_set_symlink(entry, "elsewhere");
    archive_entry_set_pathname(entry, name.c_str());
    ASSERT_EQ(archive_write_header(out, entry), ARCHIVE_OK);
    archive_entry_set_pathname(entry, second.c_str());
    if (!second.empty()) ASSERT_EQ(archive_write_header(out, entry), ARCHIVE_OK);
    archive_entry_free(entry);
    ASSERT_EQ(archive_write_free(out), ARCHIVE_OK);
  }
  // The code of the error.
  std::string Unpack() {
    try {
      UnpackArchive(root / "a.tar", root / "out", 1'000'000);
    } catch (const Error& error) {
      return std::string(error.kind().code);
    }
    return "";
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

// The file system would keep a hole, and so more than is counted as the bytes pass.
TEST_F(Archive, CountsFilesWithTheLengthThatTheySay) {
  WriteTar("file", AE_IFREG);
  std::string tar = ReadFile(root / "a.tar");
  tar.replace(124, 11, "00003641100");  // 1,000,000 in octal.
  unsigned sum = 8 * ' ';
  for (std::size_t i = 0; i < 512; ++i) sum += i < 148 || i >= 156 ? static_cast<unsigned char>(tar[i]) : 0;
  tar.replace(148, 7, fmt::format("{:06o}", sum) + std::string(1, '\0'));
  WriteFileDurably(root / "a.tar", tar);
  EXPECT_THROW(UnpackArchive(root / "a.tar", root / "out", 999'999), Error);
  EXPECT_FALSE(fs::exists(root / "out/file"));
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

// Else it would take the place of the directory itself.
TEST_F(Archive, RefusesWhatHasTheNameOfTheDirectory) {
  for (const char* name : {".", "./.", "sub/."}) {
    for (const mode_t type : {AE_IFREG, AE_IFLNK}) {
      WriteTar(name, type);
      EXPECT_EQ(Unpack(), kValidation.code) << name;
      EXPECT_EQ(fs::symlink_status(root / "out").type(), fs::file_type::directory) << name;
    }
  }
  WriteTar("./", AE_IFDIR);
  EXPECT_EQ(Unpack(), "");
}

TEST_F(Archive, IsAtFaultForWhatCannotBeWritten) {
  WriteTar(std::string(300, 'n'), AE_IFREG);
  EXPECT_EQ(Unpack(), kValidation.code);
  WriteTar("file", AE_IFREG, "file/below");
  EXPECT_NE(Unpack(), kInternalFailure.code);
}

TEST_F(Archive, ThatIsNoneIsRefused) {
  WriteFileDurably(root / "a.tar.gz", "this is no archive");
  EXPECT_THROW(UnpackArchive(root / "a.tar.gz", root / "out", 1'000'000), Error);
}

}  // namespace
}  // namespace sagebrush::sagemaker
