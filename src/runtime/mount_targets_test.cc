#include "runtime/mount_targets.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::runtime {
namespace {

class MountTargets : public testing::Test {
 protected:
  bool Allows(const std::string& target, bool read_only = false) { return AllowsAll({{work_, target, read_only}}); }
  static bool AllowsAll(const std::vector<Mount>& mounts) {
    try {
      CheckMountTargets(mounts);
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  TemporaryDirectory directory_;
  Path work_ = directory_.path();
};

TEST_F(MountTargets, BelowOptMlAreAllowed) {
  for (const char* target : {"/opt/ml", "/opt/ml/model", "/opt/ml/processing/input/code", "/opt/ml/..data"}) {
    EXPECT_TRUE(Allows(target)) << target;
  }
  EXPECT_TRUE(Allows("/opt/sagebrush/bin/program", true));
}

TEST_F(MountTargets, ElsewhereAreRefused) {
  for (const char* target : {"",
                             "/",
                             "/opt",
                             "/opt/mlx",
                             "/opt/sagebrush",
                             "/opt/sagebrush/bin",
                             "/proc",
                             "/proc/1/fd",
                             "/sys/fs/cgroup",
                             "/dev/shm",
                             "/etc",
                             "/etc/passwd",
                             "/run/sagebrush-init",
                             "/usr/lib",
                             "/tmp",
                             "opt/ml",
                             "/opt/ml/../../etc",
                             "/opt/ml/model/..",
                             "/opt/ml/./model",
                             "/opt/ml//model",
                             "/opt/ml/model/",
                             "//opt/ml"}) {
    EXPECT_FALSE(Allows(target)) << target;
  }
  EXPECT_FALSE(Allows(std::string("/opt/ml/a\0b", 11)));
  EXPECT_FALSE(Allows("/etc", true));
}

TEST_F(MountTargets, ThatHideAnotherMountAreRefused) {
  EXPECT_FALSE(AllowsAll({{work_, "/opt/ml/model", false}, {work_, "/opt/ml/model", false}}));
  EXPECT_FALSE(AllowsAll({{work_, "/opt/ml/model", false}, {work_, "/opt/ml", false}}));
}

TEST_F(MountTargets, InAnotherMountLeadThereWithoutLinks) {
  std::filesystem::create_directories(work_ / "in" / "there");
  std::filesystem::create_symlink("/etc", work_ / "link");
  std::filesystem::create_symlink("in", work_ / "inner");
  WriteFileDurably(work_ / "file", "");
  const auto nested = [&](const std::string& name) {
    return AllowsAll({{work_, "/opt/ml", false}, {work_, "/opt/ml/" + name, false}});
  };
  EXPECT_TRUE(nested("in"));
  EXPECT_TRUE(nested("in/there"));
  EXPECT_TRUE(nested("new"));
  EXPECT_FALSE(nested("link"));
  EXPECT_FALSE(nested("link/passwd"));
  EXPECT_FALSE(nested("inner/there"));
  EXPECT_FALSE(nested("file/x"));
}

}  // namespace
}  // namespace sagebrush::runtime
