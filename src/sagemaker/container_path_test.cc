#include "sagemaker/container_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::sagemaker {
namespace {

using testing::HasSubstr;

// What a training job's container has of its own, as training_job.cc takes it.
ContainerPaths Paths() { return ContainerPaths({"/opt/ml/input", "/opt/ml/model", "/opt/ml/output"}); }

TEST(ContainerPaths, AreBelowOptMl) {
  for (const char* path : {"/opt/ml/checkpoints", "/opt/ml/checkpoints/", "/opt/ml/a/b c/d", "/opt/ml/processing/input",
                           "/opt/ml/..a/.b", "/opt/ml/inputs", "/opt/ml/models/1", "/opt/ml/caf\xc3\xa9"}) {
    EXPECT_EQ(Paths().Take(path, "LocalPath") + (std::string_view(path).ends_with('/') ? "/" : ""), path);
  }
}

TEST(ContainerPaths, AreRefusedWithMemberAndValue) {
  const std::string long_name = "/opt/ml/" + std::string(256, 'n');
  const std::vector<std::string> wrong = {
      "",
      "/",
      "//",
      "/opt",
      "/opt/ml",
      "/opt/ml/",
      "/opt/ml//",
      "/opt/mlx",
      "/opt/ml-checkpoints",
      "opt/ml/checkpoints",
      "checkpoints",
      "/proc",
      "/proc/1/fd",
      "/proc/self/root/tmp",
      "/sys/fs/cgroup",
      "/dev/shm",
      "/etc",
      "/tmp/checkpoints",
      "/run/sagebrush-init",
      "/opt/sagebrush",
      "//opt/ml/checkpoints",
      "/opt//ml/checkpoints",
      "/opt/ml//checkpoints",
      "/opt/ml/checkpoints//",
      "/opt/ml/./checkpoints",
      "/opt/ml/checkpoints/.",
      "/opt/ml/checkpoints/..",
      "/opt/ml/../../etc",
      "/opt/ml/../ml/checkpoints",
      "/./opt/ml/checkpoints",
      "/opt/ml/model/../input",
      "/opt/ml/input",
      "/opt/ml/input/",
      "/opt/ml/input/config",
      "/opt/ml/input/data/train",
      "/opt/ml/model",
      "/opt/ml/model/checkpoints",
      "/opt/ml/output/data",
      "/opt/ml/new\nline",
      std::string("/opt/ml/a\0b", 11),
      "/opt/ml/\x7f",
      long_name,
  };
  for (const std::string& path : wrong) {
    try {
      Paths().Take(path, "CheckpointConfig.LocalPath");
      ADD_FAILURE() << path << " was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind().code, kValidation.code);
      EXPECT_EQ(std::string(error.what()).find("CheckpointConfig.LocalPath is \""), 0u) << error.what();
    }
  }
}

TEST(ContainerPaths, OfOneRequestAreApart) {
  ContainerPaths paths = Paths();
  paths.Take("/opt/ml/processing/input/a", "ProcessingInputs[0]");
  paths.Take("/opt/ml/processing/input/ab", "ProcessingInputs[1]");
  for (const char* path : {"/opt/ml/processing/input/a", "/opt/ml/processing/input/a/b", "/opt/ml/processing/input",
                           "/opt/ml/processing"}) {
    EXPECT_THROW(paths.Take(path, "ProcessingInputs[2]"), Error) << path;
  }
}

TEST(DirectoryName, IsOneNameThatLeadsNowhereElse) {
  for (const char* name : {"train", "a.b", "..a", "-", "..."}) EXPECT_NO_THROW(CheckDirectoryName(name, "ChannelName"));
  for (const char* name : {".", "..", "", "a/b", "/"}) {
    EXPECT_THROW(CheckDirectoryName(name, "ChannelName"), Error) << name;
  }
}

}  // namespace
}  // namespace sagebrush::sagemaker
