#include "sagemaker/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

#include "base/error.h"
#include "base/hostile_tree.h"
#include "sagemaker/archive_entries.h"

namespace sagebrush::sagemaker {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kBytesMax = 1'000'000;

struct TarEntry {
  std::string name;
  mode_t type = AE_IFREG;
  std::string link;  // Of a symbolic link; of a file: it is a hard link.
  std::string contents;
  unsigned mode = 0644;
};

class Archive : public testing::Test {
 protected:
  Archive() {
    fs::create_directories(root / "in/sub");
    fs::create_directories(root / "out");
    WriteFileDurably(root / "in/model", std::string(100'000, 'm'));
    WriteFileDurably(root / "in/sub/more", "more");
    WriteFileDurably(root / "secret", "secret");
  }

  void WriteTar(const std::vector<TarEntry>& entries) {
    const Utf8Names utf8;
    archive* out = archive_write_new();
    archive_write_set_format_pax_restricted(out);
    ASSERT_EQ(archive_write_open_filename(out, (root / "a.tar").c_str()), ARCHIVE_OK);
    for (const TarEntry& each : entries) {
      archive_entry* entry = archive_entry_new();
      archive_entry_set_filetype(entry, each.type);
      archive_entry_set_perm(entry, each.mode);
      archive_entry_set_size(entry, static_cast<la_int64_t>(each.contents.size()));
      if (each.type == AE_IFLNK) archive_entry_set_symlink(entry, each.link.c_str());
      if (each.type == AE_IFREG && !each.link.empty()) archive_entry_set_hardlink(entry, each.link.c_str());
      archive_entry_set_pathname(entry, each.name.c_str());
      ASSERT_GE(archive_write_header(out, entry), ARCHIVE_WARN) << each.name;
      archive_write_data(out, each.contents.data(), each.contents.size());
      archive_entry_free(entry);
    }
    ASSERT_EQ(archive_write_free(out), ARCHIVE_OK);
  }
  // The error's code and text.
  std::string Unpack(std::int64_t bytes_max = kBytesMax, const char* name = "a.tar") {
    try {
      UnpackArchive(root / name, {Directory(root / "out"), "/opt/ml/model", bytes_max});
    } catch (const Error& error) {
      return fmt::format("{}: {}", error.kind().code, error.what());
    }
    return "";
  }
  std::string Pack(std::int64_t bytes_max = kBytesMax, const std::stop_token& stop = {}) {
    notices.clear();
    try {
      PackDirectory(
          {Directory(root / "in"), "/opt/ml/model", bytes_max}, root / "a.tar.gz",
          [this](const std::string& notice) { notices.push_back(notice); }, stop);
    } catch (const Error& error) {
      return fmt::format("{}: {}", error.kind().code, error.what());
    }
    return "";
  }
  std::string PackAndUnpack() {
    const std::string packed = Pack();
    return packed.empty() ? Unpack(kBytesMax, "a.tar.gz") : packed;
  }
  void ExpectNothingOutside() {
    EXPECT_EQ(ReadFile(root / "secret"), "secret");
    EXPECT_FALSE(fs::is_symlink(root / "out"));
    for (const auto& each : fs::directory_iterator(root)) {
      EXPECT_THAT(each.path().filename().string(),
                  testing::AnyOf("in", "out", "secret", "a.tar", "a.tar.gz", "b.tar.gz"));
    }
  }

  TemporaryDirectory directory;
  const Path root = directory.path();
  std::vector<std::string> notices;
};

TEST_F(Archive, ComesBackAsItWas) {
  EXPECT_EQ(PackAndUnpack(), "");
  EXPECT_EQ(ReadFile(root / "out/model"), std::string(100'000, 'm'));
  EXPECT_EQ(ReadFile(root / "out/sub/more"), "more");
}

TEST_F(Archive, IsTheSameBytesForTheSameTree) {
  EXPECT_EQ(Pack(), "");
  fs::rename(root / "a.tar.gz", root / "b.tar.gz");
  fs::last_write_time(root / "in/model", fs::file_time_type::clock::now() + std::chrono::hours(1));
  fs::permissions(root / "in/model", fs::perms(0640));
  EXPECT_EQ(Pack(), "");
  EXPECT_EQ(ReadFile(root / "a.tar.gz"), ReadFile(root / "b.tar.gz"));
}

TEST_F(Archive, KeepsNamesAsTheyAre) {
  const std::vector<std::string> names = {"caf\xc3\xa9", "\xff\xfe latin", "new\nline", std::string(240, 'n'),
                                          "d/" + std::string(200, 'd') + "/" + std::string(200, 'e')};
  for (const std::string& name : names) {
    fs::create_directories((root / "in" / name).parent_path());
    WriteFileDurably(root / "in" / name, name);
  }
  EXPECT_EQ(PackAndUnpack(), "");
  for (const std::string& name : names) EXPECT_EQ(ReadFileIfExists(root / "out" / name), name);
}

TEST_F(Archive, PacksNothingThatALinkLeadsTo) {
  fs::create_symlink(root / "secret", root / "in/absolute");
  fs::create_symlink("../secret", root / "in/upwards");
  fs::create_directory_symlink(root, root / "in/sub/directory");
  EXPECT_EQ(PackAndUnpack(), "");
  EXPECT_THAT(notices,
              ElementsAre("/opt/ml/model/absolute was left out: it is a link that leads out of /opt/ml/model.",
                          "/opt/ml/model/sub/directory was left out: it is a link that leads out of "
                          "/opt/ml/model.",
                          "/opt/ml/model/upwards was left out: it is a link that leads out of /opt/ml/model."));
  EXPECT_EQ(std::distance(fs::recursive_directory_iterator(root / "out"), {}), 3);
}

TEST_F(Archive, KeepsLinksThatStayInside) {
  fs::create_symlink("../model", root / "in/sub/inside");
  fs::create_symlink("/opt/ml/model/sub/more", root / "in/sub/as-the-job-sees-it");
  EXPECT_EQ(PackAndUnpack(), "");
  EXPECT_EQ(ReadFile(root / "out/sub/inside").size(), 100'000u);
  EXPECT_EQ(ReadFile(root / "out/sub/as-the-job-sees-it"), "more");
}

TEST_F(Archive, LeavesOutWhatIsNoFile) {
  ASSERT_EQ(::mkfifo((root / "in/pipe").c_str(), 0600), 0);
  MakeSocket(root / "in/socket");
  EXPECT_EQ(PackAndUnpack(), "");
  EXPECT_THAT(notices, ElementsAre("/opt/ml/model/pipe was left out: it is neither file, directory nor link.",
                                   "/opt/ml/model/socket was left out: it is neither file, directory nor link."));
}

TEST_F(Archive, TellsOfManyThingsLeftOutInFewLines) {
  for (int i = 0; i < 100; ++i) ASSERT_EQ(::mkfifo((root / ("in/pipe" + std::to_string(i))).c_str(), 0600), 0);
  EXPECT_EQ(Pack(), "");
  EXPECT_EQ(notices.size(), 11u);
  EXPECT_EQ(notices.back(), "90 more entries of /opt/ml/model were left out.");
}

// Case C4.
TEST_F(Archive, KeepsNoSetuidBits) {
  ::chmod((root / "in/model").c_str(), 06755);
  ::chmod((root / "in/sub").c_str(), 07777);
  EXPECT_EQ(PackAndUnpack(), "");
  EXPECT_EQ(fs::status(root / "out/model").permissions(), fs::perms(0755));
  EXPECT_EQ(fs::status(root / "out/sub").permissions(), fs::perms(0755));
  WriteTar({{.name = "file", .mode = 06755}, {.name = "folder", .type = AE_IFDIR, .mode = 07777}});
  EXPECT_EQ(Unpack(), "");
  EXPECT_EQ(fs::status(root / "out/file").permissions(), fs::perms(0755));
  EXPECT_EQ(fs::status(root / "out/folder").permissions(), fs::perms(0755));
}

TEST_F(Archive, PacksWhatItsOwnerMayNotRead) {
  ::chmod((root / "in/model").c_str(), 0);
  ::chmod((root / "in/sub").c_str(), 0);
  const AsNobody nobody(root);
  EXPECT_EQ(PackAndUnpack(), "");
  EXPECT_EQ(ReadFile(root / "out/sub/more"), "more");
}

// Case M1: holes cost nothing to write and hours to pack.
TEST_F(Archive, DoesNotPackMoreThanTheVolumeHolds) {
  fs::resize_file(root / "in/model", 1'000'000'000'000);
  EXPECT_THAT(Pack(), testing::StartsWith("ValidationException: The files in /opt/ml/model have more than the 1000000 "
                                          "bytes that the volume holds"));
  fs::resize_file(root / "in/model", kBytesMax - 4);
  EXPECT_EQ(PackAndUnpack(), "");
  EXPECT_EQ(fs::file_size(root / "out/model"), 999'996u);
}

// Case H5: its archive would be thousands of times its size.
TEST_F(Archive, DoesNotPackAPathThatNobodyCanOpen) {
  const MemoryDirectory memory;
  MakeDeep(memory.path() / "in", 6'000);
  EXPECT_THROW(PackDirectory({Directory(memory.path() / "in"), "/opt/ml/model", kBytesMax}, root / "a.tar.gz"), Error);
  EXPECT_THROW(TreeBytes({Directory(memory.path() / "in"), "/opt/ml/model", kBytesMax}), Error);
}

TEST_F(Archive, StopsWhileItIsPackedOrUnpacked) {
  EXPECT_EQ(Pack(), "");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(Pack(kBytesMax, stop.get_token()), "ServiceUnavailable: The server is stopping.");
  EXPECT_EQ(Pack(), "");
  EXPECT_THROW(UnpackArchive(root / "a.tar.gz", {Directory(root / "out"), "", kBytesMax}, stop.get_token()), Error);
}

// libarchive fills up a file that was begun when it is freed: half an hour of zeros here.
TEST_F(Archive, StopsInTheMiddleOfAFile) {
  constexpr std::int64_t kLong = 500'000'000'000;
  fs::resize_file(root / "in/model", kLong);
  std::stop_source stop;
  std::jthread stopper([&] {
    std::error_code missing;
    for (;;) {
      const auto written = fs::file_size(root / "a.tar.gz", missing);
      if (!missing && written > 0) break;
      std::this_thread::yield();
    }
    stop.request_stop();
  });
  EXPECT_EQ(Pack(kLong + 4, stop.get_token()), "ServiceUnavailable: The server is stopping.");
}

TEST_F(Archive, DoesNotUnpackMoreThanTheVolumeHolds) {
  EXPECT_EQ(Pack(), "");
  EXPECT_THAT(Unpack(50'000, "a.tar.gz"), HasSubstr("unpacks to more than the volume holds"));
}

// The file system would keep a hole, and so more than is counted as the bytes pass.
TEST_F(Archive, CountsFilesWithTheLengthThatTheySay) {
  WriteTar({{.name = "file"}});
  std::string tar = ReadFile(root / "a.tar");
  tar.replace(124, 11, "00003641100");  // 1,000,000 in octal.
  unsigned sum = 8 * ' ';
  for (std::size_t i = 0; i < 512; ++i) sum += i < 148 || i >= 156 ? static_cast<unsigned char>(tar[i]) : 0;
  tar.replace(148, 7, fmt::format("{:06o}", sum) + std::string(1, '\0'));
  WriteFileDurably(root / "a.tar", tar);
  EXPECT_NE(Unpack(999'999), "");
  EXPECT_FALSE(fs::exists(root / "out/file"));
}

// Case O. The SageMaker SDK repacks models with tarfile.add(folder, arcname="/").
TEST_F(Archive, IsUnpackedBelowItsRootHoweverThatIsWritten) {
  WriteTar({{.name = "/", .type = AE_IFDIR},
            {.name = "/a", .contents = "1"},
            {.name = "//b//c", .contents = "2"},
            {.name = "./", .type = AE_IFDIR},
            {.name = "./d", .contents = "3"},
            {.name = ".", .type = AE_IFDIR},
            {.name = "e/./f", .contents = "4"},
            {.name = "e/../g", .contents = "5"},
            {.name = "/e/h", .contents = "6"}});
  EXPECT_EQ(Unpack(), "");
  std::string all;
  for (const char* name : {"a", "b/c", "d", "e/f", "g", "e/h"}) all += ReadFile(root / "out" / name);
  EXPECT_EQ(all, "123456");
}

TEST_F(Archive, IsRefusedWithTheEntryThatWouldLeave) {
  for (const char* name : {"../x", "/../x", "a/../../x", "../../../etc/x", ".."}) {
    WriteTar({{.name = "fine"}, {.name = name}});
    EXPECT_EQ(Unpack(),
              fmt::format("ValidationException: a.tar holds the entry {}, which would be unpacked outside the "
                          "model directory.",
                          name));
    WriteTar({{.name = "file"}, {.name = "link", .link = name}});
    EXPECT_THAT(Unpack(), HasSubstr("outside the model directory")) << name;
  }
  ExpectNothingOutside();
}

TEST_F(Archive, RefusesLinksThatLeadOut) {
  for (const char* target :
       {"/etc/passwd", "..", "../secret", "a/../../secret", "/opt/ml/model/../secret", "/opt/ml/modelx"}) {
    WriteTar({{.name = "link", .type = AE_IFLNK, .link = target}});
    EXPECT_THAT(Unpack(), HasSubstr("which leads out of the model directory")) << target;
  }
  WriteTar({{.name = "sub/link", .type = AE_IFLNK, .link = "../../secret"}});
  EXPECT_THAT(Unpack(), HasSubstr("leads out")) << "of the link's own directory";
}

// One whose target is a link again can still lead out for whoever follows it: the server does not.
TEST_F(Archive, IsNotUnpackedThroughALink) {
  WriteTar({{.name = "a/b/up", .type = AE_IFLNK, .link = "../.."},
            {.name = "out", .type = AE_IFLNK, .link = "a/b/up/../../../secret"},
            {.name = "out", .contents = "new"},
            {.name = "a/b/up/x", .contents = "new"}});
  EXPECT_THAT(Unpack(), HasSubstr("a/b/up/x"));
  ExpectNothingOutside();
  EXPECT_FALSE(fs::exists(root / "out/x"));
  WriteTar({{.name = "up", .type = AE_IFLNK, .link = "sub"}, {.name = "h", .link = "up/more"}});
  EXPECT_THAT(Unpack(), HasSubstr("which is no file before it"));
}

TEST_F(Archive, KeepsHardLinks) {
  WriteTar({{.name = "a/file", .contents = "1"}, {.name = "b/file", .link = "/a/file"}});
  EXPECT_EQ(Unpack(), "");
  EXPECT_EQ(ReadFile(root / "out/b/file"), "1");
}

// Else it would take the place of the directory itself.
TEST_F(Archive, RefusesWhatHasTheNameOfTheDirectory) {
  for (const char* name : {"", ".", "./.", "sub/."}) {
    for (const mode_t type : {AE_IFREG, AE_IFLNK}) {
      WriteTar({{.name = name, .type = type, .link = type == AE_IFLNK ? "elsewhere" : ""}});
      EXPECT_THAT(Unpack(), testing::StartsWith("ValidationException")) << name;
      EXPECT_EQ(fs::symlink_status(root / "out").type(), fs::file_type::directory) << name;
    }
  }
}

TEST_F(Archive, RefusesDevices) {
  for (const mode_t type : {AE_IFCHR, AE_IFBLK, AE_IFIFO}) {
    WriteTar({{.name = "device", .type = type}});
    EXPECT_THAT(Unpack(), HasSubstr("device, which is neither file, directory nor link."));
  }
}

TEST_F(Archive, IsAtFaultForWhatCannotBeWritten) {
  WriteTar({{.name = std::string(300, 'n')}});
  EXPECT_THAT(Unpack(), HasSubstr("cannot have that name"));
  WriteTar({{.name = "file"}, {.name = "file/below"}});
  EXPECT_THAT(Unpack(), HasSubstr("cannot have that name"));
  WriteTar({{.name = "folder/below"}, {.name = "folder"}});
  EXPECT_THAT(Unpack(), HasSubstr("cannot have that name"));
}

TEST_F(Archive, ThatIsNoneIsRefused) {
  WriteFileDurably(root / "a.tar", "this is no archive");
  EXPECT_THAT(Unpack(), HasSubstr("a.tar cannot be processed as an archive"));
}

}  // namespace
}  // namespace sagebrush::sagemaker
