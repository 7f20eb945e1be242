#include "runtime/disk_usage.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/hostile_tree.h"

namespace sagebrush::runtime {
namespace {

class DiskUsageTest : public testing::Test {
 protected:
  DiskUsage Watch(DiskShare limit) {
    return DiskUsage({work_}, limit, {0}, [] { return std::vector<int>{::getpid()}; });
  }
  static void Fill(const Path& file, std::size_t bytes) { WriteFileDurably(file, std::string(bytes, 'x')); }
  // Looks again and again, as time passes, until something is found or `until` is over.
  static std::optional<std::string> FindWithin(DiskUsage& usage, std::int64_t until) {
    for (std::int64_t now = 0; now < until; now = usage.Due()) {
      if (const auto excess = usage.FindExcess(now)) return excess;
    }
    return std::nullopt;
  }

  TemporaryDirectory directory_;
  Path work_ = directory_.path();
};

TEST_F(DiskUsageTest, CountsBlocksAndFiles) {
  Fill(work_ / "a", 100'000);
  std::filesystem::create_directory(work_ / "d");
  Fill(work_ / "d/b", 100'000);
  std::filesystem::create_hard_link(work_ / "a", work_ / "d/again");
  const DiskShare used = Watch({}).Measure();
  EXPECT_GE(used.bytes, 200'000);
  EXPECT_LT(used.bytes, 250'000);
  EXPECT_EQ(used.files, 3);
}

// What was written below the depth to which descriptors last was not counted.
TEST_F(DiskUsageTest, CountsHoweverDeep) {
  MakeDeep(work_ / "deep", 30'000);
  const FewDescriptors few(40);
  EXPECT_EQ(Watch({1 << 30, 100'000}).Measure().files, 30'000);
  RemoveTree(work_ / "deep");
}

TEST_F(DiskUsageTest, CountsFilesWithoutAName) {
  const FileDescriptor open = OpenFile(work_ / "open", O_RDWR | O_CREAT);
  WriteAll(open.get(), std::string(100'000, 'x'));
  ::unlink((work_ / "open").c_str());
  EXPECT_GE(Watch({}).Measure().bytes, 100'000);
  FileDescriptor mapped = OpenFile(work_ / "mapped", O_RDWR | O_CREAT);
  WriteAll(mapped.get(), std::string(200'000, 'x'));
  ::unlink((work_ / "mapped").c_str());
  void* memory = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, mapped.get(), 0);
  ASSERT_NE(memory, MAP_FAILED);
  mapped.Close();
  const DiskShare used = Watch({}).Measure();
  ::munmap(memory, 4096);
  if (::geteuid() == 0) {  // Only then /proc/PID/map_files can be read.
    EXPECT_GE(used.bytes, 300'000);
    EXPECT_LT(used.bytes, 350'000);
    EXPECT_EQ(used.files, 2);
  }
}

TEST_F(DiskUsageTest, TellsWhatItsLimitIs) {
  DiskUsage bytes = Watch({1'000'000, 1000});
  EXPECT_FALSE(bytes.FindExcess(0));
  Fill(work_ / "a", 1'500'000);
  EXPECT_EQ(FindWithin(bytes, 10'000), "");
}

TEST_F(DiskUsageTest, EmptyFilesHaveALimitToo) {
  DiskUsage files = Watch({5'000'000, 100});
  EXPECT_FALSE(files.FindExcess(0));
  for (int i = 0; i < 101; ++i) std::ofstream(work_ / std::to_string(i));
  EXPECT_EQ(FindWithin(files, 10'000),
            "it made more than 100 files and directories, as many as a volume of 5 MB holds");
}

class SmallDisk : public DiskUsageTest {
 protected:
  void SetUp() override {
    if (::mount("tmpfs", work_.c_str(), "tmpfs", 0, "size=64m,nr_inodes=2000") != 0) GTEST_SKIP() << "needs root";
    mounted_ = true;
  }
  void TearDown() override {
    if (mounted_) ::umount(work_.c_str());
  }

 private:
  bool mounted_ = false;
};

TEST_F(SmallDisk, WhoFilledItIsEndedBeforeItIsFull) {
  DiskUsage greedy = Watch({1 << 30, 10'000});
  EXPECT_FALSE(greedy.FindExcess(0));
  Fill(work_ / "a", 61 << 20);
  EXPECT_TRUE(FindWithin(greedy, 1000).value_or("").starts_with("the server's disk is almost full"));
}

TEST_F(SmallDisk, WhoseShareIsSmallerHasMoreTime) {
  for (const char* name : {"small", "idle"}) std::filesystem::create_directories(work_ / name);
  DiskUsage small({work_ / "small"}, {1 << 30, 10'000}, {0}, [] { return std::vector<int>(); });
  DiskUsage idle({work_ / "idle"}, {1 << 30, 10'000}, {0}, [] { return std::vector<int>(); });
  Fill(work_ / "a", 57 << 20);
  Fill(work_ / "small/b", 4 << 20);
  EXPECT_FALSE(FindWithin(small, 3500));  // A sixteenth: four seconds.
  std::filesystem::remove(work_ / "a");
  EXPECT_FALSE(small.FindExcess(3900));
  Fill(work_ / "a", 57 << 20);
  EXPECT_FALSE(small.FindExcess(4200));  // The time begins anew.
  EXPECT_TRUE(small.FindExcess(9000));
  EXPECT_FALSE(FindWithin(idle, 100'000));
}

TEST_F(SmallDisk, InodesAreKeptAsWell) {
  DiskUsage greedy = Watch({1 << 30, 100'000});
  EXPECT_FALSE(greedy.FindExcess(0));
  for (int i = 0; i < 1900; ++i) std::ofstream(work_ / std::to_string(i));
  EXPECT_TRUE(FindWithin(greedy, 1000));
}

}  // namespace
}  // namespace sagebrush::runtime
