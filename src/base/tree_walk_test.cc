#include "base/tree_walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/error.h"
#include "base/hostile_tree.h"

namespace sagebrush {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class TreeWalkTest : public testing::Test {
 protected:
  std::vector<std::string> Paths(WalkLimits limits = {}) {
    std::vector<std::string> paths;
    for (TreeWalk walk(Directory(root), std::move(limits)); walk.Next();) paths.emplace_back(walk.path());
    return paths;
  }
  std::string Refusal(WalkLimits limits) {
    try {
      Paths(std::move(limits));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind().code, kValidation.code);
      return error.what();
    }
    return "";
  }

  MemoryDirectory directory;
  const Path root = directory.path() / "root";
};

TEST_F(TreeWalkTest, GoesThroughATreeInOrder) {
  fs::create_directories(root / "b/c");
  for (const char* name : {"b/c/z", "b/c/a", "b/d", "a", "c"}) WriteFileDurably(root / name, name);
  fs::create_directory_symlink("b", root / "link");
  EXPECT_THAT(Paths(), ElementsAre("a", "b", "b/c", "b/c/a", "b/c/z", "b/d", "c", "link"));
}

TEST_F(TreeWalkTest, TellsWhatThingsAre) {
  fs::create_directories(root);
  WriteFileDurably(root / "1file", "12345");
  fs::create_symlink("/etc/passwd", root / "2link");
  ASSERT_EQ(::mkfifo((root / "3pipe").c_str(), 0600), 0);
  TreeWalk walk{Directory(root)};
  ASSERT_TRUE(walk.Next());
  EXPECT_TRUE(walk.IsFile());
  EXPECT_EQ(walk.status().stx_size, 5u);
  EXPECT_TRUE(walk.OpenFile().valid());
  ASSERT_TRUE(walk.Next());
  EXPECT_TRUE(walk.IsLink());
  EXPECT_EQ(walk.ReadLink(), "/etc/passwd");
  EXPECT_FALSE(walk.OpenFile().valid());
  ASSERT_TRUE(walk.Next());
  EXPECT_FALSE(walk.IsFile() || walk.IsDirectory() || walk.IsLink());
  EXPECT_FALSE(walk.OpenFile().valid());
  EXPECT_FALSE(walk.Next());
  EXPECT_FALSE(walk.Next());
}

TEST_F(TreeWalkTest, NamesAreBytes) {
  fs::create_directories(root);
  for (const char* name : {"\xff\xfe", "new\nline", "\x01", "-rf"}) WriteFileDurably(root / name, "");
  EXPECT_THAT(Paths(), ElementsAre("\x01", "-rf", "new\nline", "\xff\xfe"));
}

TEST_F(TreeWalkTest, GoesDownADeepTreeWithFewDescriptors) {
  MakeDeep(root, 10'000, "file");
  const FewDescriptors few(22);
  std::size_t directories = 0, files = 0, longest = 0;
  TreeWalk walk{Directory(root)};
  while (walk.Next()) {
    directories += walk.IsDirectory() ? 1 : 0;
    files += walk.IsFile() && walk.OpenFile().valid() ? 1 : 0;  // Those below are opened on the way back up.
    longest = std::max(longest, walk.path().size());
  }
  EXPECT_EQ(directories, 9'999u);
  EXPECT_EQ(files, 9'999u);
  EXPECT_EQ(longest, 9'998 * 2 + 4u);
  EXPECT_TRUE(walk.complete());
}

TEST_F(TreeWalkTest, ComesBackUpFromADeepTree) {
  MakeDeep(root, 40, "z");  // After "d": visited when what is below is done.
  EXPECT_EQ(Paths().size(), 39u * 2);
  EXPECT_EQ(Paths().back(), "z");
}

TEST_F(TreeWalkTest, KeepsItsLimits) {
  MakeDeep(root, 50);
  for (int i = 0; i < 50; ++i) WriteFileDurably(root / ("file" + std::to_string(i)), "");
  EXPECT_EQ(Refusal({.seen_as = "/opt/ml/model", .entries_max = 98}),
            "/opt/ml/model/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/"
            "d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d has more than 98 entries.");
  EXPECT_EQ(Refusal({.entries_max = 99}), "");
  EXPECT_EQ(Refusal({.seen_as = "/opt/ml/model", .path_bytes_max = 6}),
            "/opt/ml/model/d/d/d/d is too deep: its path has more than 6 bytes.");
  EXPECT_NE(Refusal({.held_bytes_max = 500}), "");
}

TEST_F(TreeWalkTest, EndsWhenAskedToStop) {
  fs::create_directories(root / "a/b");
  std::stop_source stop;
  TreeWalk walk(Directory(root), {}, stop.get_token());
  EXPECT_TRUE(walk.Next());
  stop.request_stop();
  EXPECT_THROW(walk.Next(), Error);
}

TEST_F(TreeWalkTest, PassesOverWhatVanishes) {
  fs::create_directories(root / "a/b");
  WriteFileDurably(root / "c", "");
  WriteFileDurably(root / "d", "");
  TreeWalk walk{Directory(root)};
  ASSERT_TRUE(walk.Next());
  fs::remove_all(root / "a");
  fs::remove(root / "c");
  ASSERT_TRUE(walk.Next());
  EXPECT_EQ(walk.path(), "d");
}

// Deep down the way back leads through "..": it is not taken where it leads to another directory.
TEST_F(TreeWalkTest, IsNotLedAwayByADirectoryThatMoves) {
  MakeDeep(root, 40, "z");
  fs::create_directories(directory.path() / "elsewhere");
  WriteFileDurably(directory.path() / "elsewhere/never", "");
  std::string deep = "d";
  for (int level = 2; level < 39; ++level) deep += "/d";
  TreeWalk walk{Directory(root)};
  std::vector<std::string> paths;
  while (walk.Next()) {
    paths.emplace_back(walk.path());
    if (walk.path() == deep + "/d") fs::rename(root / deep, directory.path() / "elsewhere/d");
  }
  EXPECT_THAT(paths, testing::Contains(deep + "/d"));
  EXPECT_FALSE(walk.complete());
  EXPECT_THAT(paths, testing::Not(testing::Contains(testing::HasSubstr("never"))));
  EXPECT_EQ(paths.back(), "z");  // The first levels are walked to their end.
}

// The race that an attacker runs: a directory and a link to one that is not his take turns at one name.
TEST_F(TreeWalkTest, NeverReadsWhatALinkLeadsToHoweverItsNameIsTurned) {
  const Path secret = directory.path() / "secret";
  fs::create_directories(root / "turning");
  fs::create_directories(secret / "turning");
  WriteFileDurably(root / "turning/file", "fine");
  WriteFileDurably(secret / "file", "SECRET");
  fs::create_directory_symlink(secret, root / "link");
  std::atomic<bool> done = false;
  std::jthread turner([&] {
    while (!done) {
      ::renameat2(AT_FDCWD, (root / "turning").c_str(), AT_FDCWD, (root / "link").c_str(), RENAME_EXCHANGE);
    }
  });
  int read = 0;
  for (int i = 0; i < 3'000; ++i) {
    for (TreeWalk walk{Directory(root)}; walk.Next();) {
      const FileDescriptor file = walk.IsFile() ? walk.OpenFile() : FileDescriptor();
      char bytes[16]{};
      if (file.valid() && ::read(file.get(), bytes, sizeof bytes - 1) > 0) {
        EXPECT_STREQ(bytes, "fine");
        ++read;
      }
    }
  }
  done = true;
  EXPECT_GT(read, 0);
}

}  // namespace
}  // namespace sagebrush
