#include "runtime/gpus.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <fstream>

#include "base/error.h"
#include "runtime/process_runtime_fixture.h"

namespace sagebrush::runtime {
namespace {

// Names of what was given.
std::vector<std::string> Names(const std::vector<Path>& nodes) {
  std::vector<std::string> names;
  for (const Path& node : nodes) names.push_back(node.filename());
  return names;
}

class GpusTest : public testing::Test {
 protected:
  GpusTest() {
    for (const char* name : {"nvidia0", "nvidia1", "nvidia-uvm", "nvidiactl", "nvidia-modeset", "null"}) {
      std::ofstream(directory_.path() / name) << "";
    }
  }

  TemporaryDirectory directory_;
};

using Strings = std::vector<std::string>;

TEST_F(GpusTest, GivesEachToOneWorkload) {
  Gpus gpus(directory_.path());
  EXPECT_EQ(gpus.count(), 2u);
  EXPECT_TRUE(gpus.Take(0).empty());
  const auto first = gpus.Take(1);
  EXPECT_EQ(Names(first), (Strings{"nvidia0", "nvidiactl", "nvidia-uvm"}));
  EXPECT_THROW(gpus.Take(2), Error);
  const auto second = gpus.Take(1);
  EXPECT_EQ(Names(second), (Strings{"nvidia1", "nvidiactl", "nvidia-uvm"}));
  gpus.Release(first);
  EXPECT_EQ(Names(gpus.Take(1)), (Strings{"nvidia0", "nvidiactl", "nvidia-uvm"}));
}

TEST_F(GpusTest, KnowsThoseThatAnEarlierProcessGave) {
  Gpus gpus(directory_.path());
  gpus.Keep({directory_.path() / "nvidia0", directory_.path() / "nvidiactl"});
  EXPECT_EQ(Names(gpus.Take(1)).front(), "nvidia1");
}

TEST_F(GpusTest, SaysWhatThereIs) {
  const auto why = [](Gpus gpus, std::size_t count) -> std::string {
    try {
      gpus.Take(count);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  };
  EXPECT_EQ(why(Gpus(directory_.path()), 3), "3 GPUs are asked for; of the 2 of this machine 2 are free.");
  EXPECT_EQ(why(Gpus(directory_.path() / "none"), 1), "This machine has no NVIDIA GPU: there is no /dev/nvidia0.");
}

// On a machine that has devices of the names of GPUs; they are null devices.
class GpuWorkload : public ProcessRuntimeTest {
 protected:
  void SetUp() override {
    ProcessRuntimeTest::SetUp();
    if (!runtime_) return;
    std::filesystem::create_directories(devices_);
    for (const char* name : {"nvidia0", "nvidia1", "nvidiactl"}) {
      if (::mknod((devices_ / name).c_str(), S_IFCHR | 0666, ::makedev(1, 3)) != 0) {
        GTEST_SKIP() << "this user may make no devices";
      }
      ::chmod((devices_ / name).c_str(), 0666);
    }
    Restart();
  }

  void Restart() {
    runtime_.reset();
    runtime_.emplace(data_, devices_);
  }
  WorkloadSpec WithGpus(int count, const std::string& script) {
    WorkloadSpec spec = Shell(script);
    spec.gpus = count;
    return spec;
  }

  const Path devices_ = directory_.path() / "dev";
};

TEST_F(GpuWorkload, SeesItsGpusAndNoOther) {
  const std::string look = "ls /dev | grep nvidia; echo works > /dev/nvidiactl && echo opened; sleep 1000";
  (*runtime_)->Start("one", WithGpus(1, look));
  ASSERT_TRUE(Eventually([&] { return HasLine("opened"); })) << Log();
  EXPECT_EQ(Lines(), (Strings{"nvidia0", "nvidiactl", "opened"}));
  std::filesystem::remove(log_);
  Restart();  // The next server knows that it is taken.
  (*runtime_)->Start("two", WithGpus(1, look));
  ASSERT_TRUE(Eventually([&] { return HasLine("opened"); })) << Log();
  EXPECT_EQ(Lines(), (Strings{"nvidia1", "nvidiactl", "opened"}));
  EXPECT_THROW((*runtime_)->Start("three", WithGpus(1, "true")), Error);
  (*runtime_)->Stop("one", Seconds(0));
  runtime_->WaitForEnd("one");
  (*runtime_)->Start("three", WithGpus(1, "true"));
  EXPECT_EQ(runtime_->WaitForEnd("three").exit_code, 0);
}

TEST_F(GpuWorkload, SeesNoneUnlessItAsks) {
  Run(Shell("ls /dev | grep -c nvidia"));
  EXPECT_EQ(Lines(), Strings{"0"});
}

TEST_F(GpuWorkload, IsRefusedWhereTheMachineHasFewer) {
  EXPECT_THROW((*runtime_)->Start("job", WithGpus(3, "true")), Error);
  EXPECT_TRUE((*runtime_)->List().empty());
}

}  // namespace
}  // namespace sagebrush::runtime
