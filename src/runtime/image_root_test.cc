// Workloads of images that have a root file system of their own. What is in an image is hostile.
#include "runtime/image_root.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "runtime/process_runtime_fixture.h"

namespace sagebrush::runtime {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// A shell and a few programs of this machine with the libraries that they load, at their places below a directory.
constexpr const char* kCopyPrograms = R"sh(set -e
for program in sh cat ls id touch rm dd; do
  path=$(readlink -f "$(command -v $program)")
  install -D "$path" "$0/bin/$program"
  for library in $(ldd "$path" | grep -o '/[^ ]*'); do [ -e "$0$library" ] || cp -L --parents "$library" "$0"; done
done)sh";

class ImageRootTest : public ProcessRuntimeTest {
 protected:
  void SetUp() override {
    ProcessRuntimeTest::SetUp();
    if (!WorkloadUsers::OfThisMachine().any()) GTEST_SKIP() << "this user may not mount";
    fs::create_directories(base_);
    ASSERT_EQ(std::system(("sh -c '" + Script() + "' " + base_.string()).c_str()), 0);
    Write(base_ / "who", "base");
    Write(base_ / "etc/release", "our image");
    fs::permissions(base_ / "etc/release", fs::perms::owner_read);
  }

  static std::string Script() {
    std::string script = kCopyPrograms;
    for (std::size_t at = 0; (at = script.find('\'', at)) != std::string::npos; at += 4) script.replace(at, 1, "'\\''");
    return script;
  }
  static void Write(const Path& file, std::string_view text) {
    fs::create_directories(file.parent_path());
    WriteFileDurably(file, text, 0644);
  }
  WorkloadSpec Of(const std::string& script, ImageRoot root) {
    WorkloadSpec spec = Shell(script);
    spec.root = std::move(root);
    return spec;
  }
  LayeredRoot Layers(const std::vector<Path>& layers) {
    fs::create_directories(writable_);
    return {.layers = layers, .writable = writable_};
  }
  std::string FailureOf(const WorkloadSpec& spec) {
    const WorkloadState state = Run(spec);
    EXPECT_EQ(state.reason, ExitReason::kStartFailed);
    return state.message;
  }

  const Path base_ = directory_.path() / "image/base";
  const Path top_ = directory_.path() / "image/top";
  const Path writable_ = directory_.path() / "writable";
};

TEST_F(ImageRootTest, ADirectoryIsAllThatTheWorkloadSees) {
  const WorkloadState state =
      Run(Of("ls -d /usr /home /var; cat /who /etc/release; echo; id -un; echo 2>/dev/null > /x || echo read-only; "
             "echo kept > /opt/ml/kept; echo x > /tmp/x && cat /tmp/x; ls /proc/1 > /dev/null && cat /etc/hosts",
             DirectoryRoot{base_}));
  EXPECT_EQ(state.reason, ExitReason::kExited) << state.message;
  EXPECT_THAT(Log(), HasSubstr("baseour image\nsagebrush\nread-only\nx\n127.0.0.1\tlocalhost"));
  EXPECT_FALSE(HasLine("/home")) << Log();
  EXPECT_EQ(ReadFile(work_ / "kept"), "kept\n");
  EXPECT_FALSE(fs::exists(base_ / "opt"));  // The image is not changed by its use.
  EXPECT_FALSE(fs::exists(base_ / "etc/passwd"));
}

TEST_F(ImageRootTest, LayersLieOverEachOtherAndTakeWhatIsWrittenElsewhere) {
  Write(top_ / "who", "top");
  Write(top_ / "only", "in top");
  const WorkloadState state =
      Run(Of("cat /who /only; echo; echo mine > /who; echo new > /etc/new; rm /only; cat /who; ls /only",
             Layers({base_, top_})));
  EXPECT_EQ(state.reason, ExitReason::kExited) << state.message;
  EXPECT_THAT(Log(), HasSubstr("topin top\nmine\n"));
  EXPECT_EQ(ReadFile(base_ / "who"), "base");
  EXPECT_EQ(ReadFile(top_ / "who"), "top");
  EXPECT_EQ(ReadFile(writable_ / "upper/etc/new"), "new\n");
  struct stat status{};
  ASSERT_EQ(::stat((writable_ / "upper/etc/new").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, UserOfJob());
}

TEST_F(ImageRootTest, WhatIsWrittenToLayersCountsToTheDisk) {
  WorkloadSpec spec = Of(
      "while dd if=/dev/zero of=/big$((i+=1)) bs=1048576 count=4 2>/dev/null; do :; done; sleep 1000", Layers({base_}));
  spec.disk_bytes_max = 16 << 20;
  EXPECT_EQ(Run(spec).reason, ExitReason::kDiskFull);
}

TEST_F(ImageRootTest, ALinkInThePlaceOfADirectoryLeadsNowhere) {
  const Path victim = directory_.path() / "victim";
  fs::create_directories(victim);
  for (const char* place : {"opt", "etc", "run", "proc", "tmp"}) {
    SCOPED_TRACE(place);
    fs::remove_all(top_);
    fs::create_directories(top_);
    for (const std::string& target : {victim.string(), "../../../oldroot" + victim.string()}) {
      fs::remove(top_ / place);
      fs::create_symlink(target, top_ / place);
      fs::remove_all(writable_);
      (*runtime_)->Remove("job");
      EXPECT_THAT(FailureOf(Of("true", Layers({base_, top_}))), HasSubstr("The image has something else"));
      EXPECT_TRUE(fs::is_empty(victim));
    }
  }
}

TEST_F(ImageRootTest, ALinkInThePlaceOfAFileIsReplaced) {
  Write(directory_.path() / "victim", "safe");
  fs::permissions(directory_.path() / "victim", fs::perms::all);
  fs::create_directories(top_ / "etc");
  fs::create_symlink(directory_.path() / "victim", top_ / "etc/passwd");
  EXPECT_EQ(Run(Of("id -un", Layers({base_, top_}))).exit_code, 0);
  EXPECT_EQ(Log(), "sagebrush\n");
  EXPECT_EQ(ReadFile(directory_.path() / "victim"), "safe");
}

TEST_F(ImageRootTest, SaysWhatAnImageLacks) {
  EXPECT_THAT(FailureOf(Of("true", DirectoryRoot{directory_.path() / "missing"})), HasSubstr("missing"));
  (*runtime_)->Remove("job");
  EXPECT_THAT(FailureOf(Of("true", Layers({}))), HasSubstr("0 layers"));
  (*runtime_)->Remove("job");
  fs::create_directories(top_);
  EXPECT_THAT(FailureOf(Of("true", DirectoryRoot{top_})), HasSubstr("Cannot execute /bin/sh"));
}

}  // namespace
}  // namespace sagebrush::runtime
