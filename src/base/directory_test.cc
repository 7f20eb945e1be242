#include "base/directory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hostile_tree.h"

namespace sagebrush {
namespace {

namespace fs = std::filesystem;

class DirectoryTest : public testing::Test {
 protected:
  DirectoryTest() {
    fs::create_directories(root / "a/b");
    WriteFileDurably(root / "a/b/file", "inside");
    WriteFileDurably(outside.path() / "secret", "secret");
  }
  std::string Read(std::string_view name) {
    const FileDescriptor file = Directory(root).OpenFile(name);
    char bytes[100];
    const ssize_t size = file.valid() ? ::read(file.get(), bytes, sizeof bytes) : 0;
    return std::string(bytes, static_cast<std::size_t>(size));
  }

  TemporaryDirectory directory, outside;
  const Path root = directory.path();
};

TEST_F(DirectoryTest, OpensWhatIsBeneathIt) {
  EXPECT_EQ(Read("a/b/file"), "inside");
  EXPECT_TRUE(Directory(root).Open("a/b").has_value());
  EXPECT_FALSE(Directory(root).Open("a/b/file").has_value());
  EXPECT_FALSE(Directory(root).OpenFile("a/b").valid());
  EXPECT_FALSE(Directory(root).OpenFile("missing").valid());
}

TEST_F(DirectoryTest, FollowsNoLinks) {
  fs::create_symlink(outside.path() / "secret", root / "link");
  fs::create_directory_symlink(outside.path(), root / "links");
  fs::create_symlink("a/b/file", root / "inside");
  for (const char* name : {"link", "links/secret", "inside"}) EXPECT_FALSE(Directory(root).OpenFile(name).valid());
  EXPECT_FALSE(Directory(root).Open("links").has_value());
  EXPECT_FALSE(Directory(root).CreateFile("links/new").valid());
  EXPECT_FALSE(Directory(root).Make("links/new").has_value());
  EXPECT_EQ(Directory(root).ReadLink("inside"), "a/b/file");
  EXPECT_THROW(Directory(root / "links"), Error);
  EXPECT_EQ(std::distance(fs::directory_iterator(outside.path()), {}), 1);
}

TEST_F(DirectoryTest, KnowsNamesBeneathItOnly) {
  fs::create_directories(root / "a/sibling");
  const Directory below(root / "a/b");
  for (const std::string name : {"", ".", "..", "../sibling", "x/../../sibling", "/etc", "x//y", "x/", "./x"}) {
    EXPECT_FALSE(IsRelativeName(name)) << name;
    EXPECT_FALSE(below.Open(name).has_value()) << name;
    EXPECT_FALSE(below.OpenFile(name).valid()) << name;
    EXPECT_FALSE(below.CreateFile(name).valid()) << name;
    EXPECT_FALSE(below.Make(name).has_value()) << name;
  }
  EXPECT_FALSE(below.OpenFile(std::string_view("file\0x", 6)).valid());
}

TEST_F(DirectoryTest, OpensNeitherPipesNorSocketsAndDoesNotWaitForThem) {
  ASSERT_EQ(::mkfifo((root / "pipe").c_str(), 0600), 0);
  MakeSocket(root / "socket");
  EXPECT_FALSE(Directory(root).OpenFile("pipe").valid());
  EXPECT_FALSE(Directory(root).OpenFile("socket").valid());
}

TEST_F(DirectoryTest, MakesDirectoriesAndFiles) {
  const Directory at(root);
  EXPECT_TRUE(at.Make("x/y/z").has_value());
  EXPECT_TRUE(at.Make("x/y").has_value());
  WriteAll(at.CreateFile("x/y/new").get(), "1");
  WriteAll(at.CreateFile("x/y/new").get(), "2");
  EXPECT_EQ(Read("x/y/new"), "2");
  EXPECT_FALSE(at.Make("x/y/new/below").has_value());
  EXPECT_FALSE(at.CreateFile("x/y").valid());
  EXPECT_FALSE(at.Make(std::string(300, 'n')).has_value());
}

TEST_F(DirectoryTest, MakesLinksAndFurtherNames) {
  const Directory at(root);
  EXPECT_TRUE(at.CreateLink("a/link", "b/file"));
  EXPECT_TRUE(at.CreateLink("a/link", "elsewhere"));
  EXPECT_EQ(at.ReadLink("a/link"), "elsewhere");
  EXPECT_TRUE(at.NameFile("second", at.OpenFile("a/b/file")));
  EXPECT_EQ(Read("second"), "inside");
  EXPECT_FALSE(at.CreateLink("a", "elsewhere"));
  EXPECT_FALSE(at.NameFile("missing/name", at.OpenFile("a/b/file")));
}

// A link in the place of a file that is made is replaced, not written through.
TEST_F(DirectoryTest, WritesThroughNoLink) {
  fs::create_symlink(outside.path() / "secret", root / "link");
  WriteAll(Directory(root).CreateFile("link").get(), "new");
  EXPECT_EQ(ReadFile(outside.path() / "secret"), "secret");
  EXPECT_EQ(Read("link"), "new");
}

TEST_F(DirectoryTest, MakesReadableWhatItsOwnerMayNotRead) {
  const AsNobody nobody(root);
  ::chmod((root / "a/b/file").c_str(), 0);
  ::chmod((root / "a/b").c_str(), 0);
  const auto below = Directory(root).Open("a/b");
  ASSERT_TRUE(below.has_value());
  EXPECT_TRUE(below->OpenFile("file").valid());
  ::chmod((root / "a").c_str(), 0400);  // Names can be read, and nothing else.
  EXPECT_TRUE(Directory(root).Open("a").has_value());
  EXPECT_TRUE(Directory(root).Open("a/b").has_value());
}

// Whose mode it is cannot be known, if the file has a name elsewhere too.
TEST_F(DirectoryTest, LeavesAFileWithTwoNamesAsItIs) {
  const AsNobody nobody(root);
  fs::create_hard_link(root / "a/b/file", root / "second");
  ::chmod((root / "second").c_str(), 0);
  EXPECT_FALSE(Directory(root).OpenFile("second").valid());
  EXPECT_EQ(fs::status(root / "a/b/file").permissions(), fs::perms::none);
}

TEST(RemoveTree, DeletesADeepTreeWithFewDescriptors) {
  MemoryDirectory directory;
  MakeDeep(directory.path() / "top", 20'000);
  const FewDescriptors few(20);
  EXPECT_TRUE(RemoveTree(directory.path() / "top"));
  EXPECT_FALSE(fs::exists(directory.path() / "top"));
}

TEST(RemoveTree, DeletesLinksAndNotWhatTheyLeadTo) {
  TemporaryDirectory directory, outside;
  WriteFileDurably(outside.path() / "secret", "secret");
  fs::create_directories(directory.path() / "top/a");
  fs::create_directory_symlink(outside.path(), directory.path() / "top/a/link");
  ASSERT_EQ(::mkfifo((directory.path() / "top/pipe").c_str(), 0600), 0);
  EXPECT_TRUE(RemoveTree(directory.path() / "top"));
  EXPECT_FALSE(fs::exists(directory.path() / "top"));
  EXPECT_TRUE(fs::exists(outside.path() / "secret"));
  fs::create_directory_symlink(outside.path(), directory.path() / "top");
  EXPECT_TRUE(RemoveTree(directory.path() / "top"));
  EXPECT_TRUE(fs::exists(outside.path() / "secret"));
}

TEST(RemoveTree, DeletesWhatItsOwnerMayNotWrite) {
  TemporaryDirectory directory;
  fs::create_directories(directory.path() / "top/a/b/c");
  WriteFileDurably(directory.path() / "top/a/b/c/file", "");
  const AsNobody nobody(directory.path());
  for (const char* name : {"top/a/b/c", "top/a/b", "top/a", "top"}) ::chmod((directory.path() / name).c_str(), 0);
  EXPECT_TRUE(RemoveTree(directory.path() / "top"));
  EXPECT_FALSE(fs::exists(directory.path() / "top"));
}

TEST(RemoveTree, StopsAndGoesOn) {
  TemporaryDirectory directory;
  MakeDeep(directory.path() / "top", 100);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(RemoveTree(directory.path() / "top", stop.get_token()));
  EXPECT_TRUE(RemoveTree(directory.path() / "top"));
  EXPECT_TRUE(RemoveTree(directory.path() / "top"));
  EXPECT_TRUE(RemoveTree(directory.path() / "missing/top"));
}

}  // namespace
}  // namespace sagebrush
