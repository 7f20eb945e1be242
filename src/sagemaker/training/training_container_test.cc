// What becomes of a training job's checkpoints: all that the job writes to their directory is hostile.
#include "sagemaker/training/training_container.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "sagemaker/controller_world.h"
#include "sagemaker/training/training.h"

namespace sagebrush::sagemaker {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

using Files = std::map<std::string, std::string>;

class Checkpoints : public testing::Test {
 protected:
  Checkpoints() {
    objects::Bucket bucket;
    bucket.account = identity::kDefaultAccount;
    bucket.region = "us-east-1";
    bucket.name = "sagemaker-bucket";
    world_.objects().CreateBucket(bucket);
    job_ = JobWithUid("uid-1");
  }

  store::Resource JobWithUid(const std::string& uid) {
    store::Resource job;
    job.key = KeyOf(TrainingJobNoun(), "123456789012", "us-east-1", "job");
    job.uid = uid;
    job.spec = {{"TrainingJobName", "job"},
                {"RoleArn", world_.Role()},
                {"OutputDataConfig", {{"S3OutputPath", "s3://sagemaker-bucket/models"}}},
                {"ResourceConfig", {{"InstanceType", "ml.m5.large"}, {"VolumeSizeInGB", 1}}},
                {"CheckpointConfig", {{"S3Uri", "s3://sagemaker-bucket/saved"}}}};
    fs::create_directories(DirectoryOf(uid));
    return job;
  }
  Path DirectoryOf(const std::string& uid) const { return world_.data() / "jobs" / uid / "checkpoints"; }
  Path Directory() const { return DirectoryOf(job_.uid); }

  void Write(const std::string& name, const std::string& bytes) const {
    fs::create_directories((Directory() / name).parent_path());
    WriteAll(OpenFile(Directory() / name, O_WRONLY | O_CREAT | O_TRUNC).get(), bytes);
  }
  void Put(const std::string& key, const std::string& bytes) {
    auto writer = world_.objects().Write("sagemaker-bucket", key, {}, {});
    writer->Append(bytes);
    writer->Commit();
  }
  Files Stored() {
    Files stored;
    for (const auto& object : world_.objects().List("sagemaker-bucket", {}).objects) {
      const auto opened = world_.objects().Open("sagemaker-bucket", object.key);
      std::string& bytes = stored[object.key];
      opened->Read({0, opened->object.size}, [&](std::string_view piece) { bytes += piece; });
    }
    return stored;
  }
  static Files FilesIn(const Path& directory) {
    Files files;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
      if (entry.is_regular_file()) files[entry.path().lexically_relative(directory)] = ReadFile(entry.path());
    }
    return files;
  }

  void Save(const std::stop_token& stop = {}) { TrainingContainer(world_.context(), job_).SaveCheckpoints(stop); }
  void Restore(const std::stop_token& stop = {}) { TrainingContainer(world_.context(), job_).Prepare(stop); }
  static std::string ErrorOf(const std::function<void()>& act) {
    try {
      act();
    } catch (const Error& error) {
      return std::string(error.kind().code) + ": " + error.what();
    }
    return "";
  }

  // Objects are written an hour after now, the files of a test when it runs.
  ControllerWorld world_{{16, 64LL << 30},
                         {SystemClock().Now().milliseconds + Milliseconds(std::chrono::hours(1)).count()}};
  store::Resource job_;
};

TEST_F(Checkpoints, AreCopiedWhereTheyAreNewAndDeletedWhereTheyAreGone) {
  Put("saved-by-others", "x");
  Write("model-1", "one");
  Write("state/optimizer", "fast");
  Save();
  EXPECT_EQ(Stored(), (Files{{"saved-by-others", "x"}, {"saved/model-1", "one"}, {"saved/state/optimizer", "fast"}}));
  fs::remove(Directory() / "model-1");
  Write("model-2", "two");
  Write("state/optimizer", "faster");
  Save();
  EXPECT_EQ(Stored(), (Files{{"saved-by-others", "x"}, {"saved/model-2", "two"}, {"saved/state/optimizer", "faster"}}));
}

TEST_F(Checkpoints, ThatDidNotChangeAreNotWrittenAgain) {
  Write("same", "1");
  Save();
  const Time written = world_.objects().Find("sagemaker-bucket", "saved/same")->modified;
  world_.Pass(Seconds(60));
  Save();
  EXPECT_EQ(world_.objects().Find("sagemaker-bucket", "saved/same")->modified, written);
}

TEST_F(Checkpoints, OfAJobWithoutAreNeitherSavedNorRestored) {
  job_.spec.as_object().erase("CheckpointConfig");
  Put("saved/x", "kept");
  Write("y", "mine");
  Save();
  Restore();
  EXPECT_EQ(Stored(), (Files{{"saved/x", "kept"}}));
  EXPECT_EQ(FilesIn(Directory()), (Files{{"y", "mine"}}));
}

TEST_F(Checkpoints, AreRestoredAsTheyWereSaved) {
  const std::string bytes("\0\xff\n\r\0", 5);
  Write("a", bytes);
  Write("deep/er/\xc3\xa9 %2e", "b");
  Write("empty", "");
  Save();
  const Files saved = FilesIn(Directory());
  job_ = JobWithUid("uid-2");
  Write("left/over", "of a start that did not end");
  Restore();
  EXPECT_EQ(FilesIn(Directory()), saved);
  EXPECT_EQ(FilesIn(Directory()).at("a"), bytes);
}

// The job may go on writing to what it was given, and what others restore stays as it was saved.
TEST_F(Checkpoints, AreRestoredToFilesOfTheirOwn) {
  Put("saved/a", "saved");
  Restore();
  WriteAll(OpenFile(Directory() / "a", O_WRONLY).get(), "WRITE");
  EXPECT_EQ(Stored(), (Files{{"saved/a", "saved"}}));
}

TEST_F(Checkpoints, DoNotLeadOutByLinks) {
  const Path secret = world_.data() / "secret";
  WriteFileDurably(secret, "the server's own");
  fs::create_directories(world_.data() / "secrets");
  WriteFileDurably(world_.data() / "secrets/key", "another one");
  Write("good", "1");
  fs::create_symlink(secret, Directory() / "link");
  fs::create_symlink("../../../secret", Directory() / "relative");
  fs::create_symlink(world_.data() / "secrets", Directory() / "folder");
  fs::create_symlink("good", Directory() / "inside");
  ASSERT_EQ(::mkfifo((Directory() / "pipe").c_str(), 0600), 0);
  Save();
  EXPECT_EQ(Stored(), (Files{{"saved/good", "1"}}));
}

// The whole directory is in the job's hands while it runs.
TEST_F(Checkpoints, DoNotLeadOutByALinkInPlaceOfAFolder) {
  Write("folder/key", "mine");
  Save();
  fs::create_directories(world_.data() / "secrets");
  WriteFileDurably(world_.data() / "secrets/key", "the server's own");
  fs::remove_all(Directory() / "folder");
  fs::create_symlink(world_.data() / "secrets", Directory() / "folder");
  Save();
  EXPECT_EQ(Stored(), Files());
}

TEST_F(Checkpoints, WhoseNamesCannotBeKeysAreLeft) {
  Write("\xff", "1");
  Write(".. ", "2");
  Write("good", "3");
  Save();
  EXPECT_EQ(Stored(), (Files{{"saved/.. ", "2"}, {"saved/good", "3"}}));
}

TEST_F(Checkpoints, WhoseKeysLeadOutAreNotRestored) {
  for (const char* name : {"../escaped", "a/../../escaped", ".."}) {
    Put(std::string("saved/") + name, "x");
    EXPECT_THAT(ErrorOf([&] { Restore(); }), testing::StartsWith("ValidationException: ")) << name;
    EXPECT_FALSE(fs::exists(Directory().parent_path() / "escaped")) << name;
    world_.objects().Delete("sagemaker-bucket", std::string("saved/") + name, {});
  }
  Put("saved/good", "x");
  EXPECT_EQ(ErrorOf([&] { Restore(); }), "");
}

TEST_F(Checkpoints, AreNoMoreThanTheVolumeHolds) {
  Write("huge", "");
  fs::resize_file(Directory() / "huge", 2ULL << 30);  // A hole: it counts with its length.
  EXPECT_THAT(ErrorOf([&] { Save(); }), HasSubstr("ValidationException: The files in /opt/ml/checkpoints have more"));
  EXPECT_EQ(Stored(), Files());
}

TEST_F(Checkpoints, AreLeftForTheNextTimeByAStop) {
  Write("a", "1");
  Put("saved/old", "not seen, so not known to be gone");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(ErrorOf([&] { Save(stop.get_token()); }), testing::StartsWith("ServiceUnavailable: "));
  EXPECT_EQ(Stored(), (Files{{"saved/old", "not seen, so not known to be gone"}}));
  EXPECT_THAT(ErrorOf([&] { Restore(stop.get_token()); }), HasSubstr("ServiceUnavailable"));
  Restore();
  EXPECT_EQ(FilesIn(Directory()).count("old"), 1U);
}

}  // namespace
}  // namespace sagebrush::sagemaker
