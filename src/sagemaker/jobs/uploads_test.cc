#include "sagemaker/jobs/uploads.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/error.h"
#include "sagemaker/controller_world.h"
#include "sagemaker/training/training.h"

namespace sagebrush::sagemaker {
namespace {

using Files = std::map<std::string, std::string>;

constexpr Milliseconds kHour = std::chrono::hours(1);

class Uploads : public testing::Test {
 protected:
  Uploads() {
    objects::Bucket bucket;
    bucket.account = identity::kDefaultAccount;
    bucket.region = "us-east-1";
    bucket.name = "sagemaker-uploads";
    world_.objects().CreateBucket(bucket);
    std::filesystem::create_directories(tree_);
  }

  void Write(const std::string& name, const std::string& bytes) {
    std::filesystem::create_directories((tree_ / name).parent_path());
    WriteAll(OpenFile(tree_ / name, O_WRONLY | O_CREAT | O_TRUNC).get(), bytes);
  }
  void Put(const std::string& key, const std::string& bytes) {
    auto writer = world_.objects().Write("sagemaker-uploads", key, {}, {});
    writer->Append(bytes);
    writer->Commit();
  }
  void Upload() {
    notices_.clear();
    const Directory directory(tree_);
    UploadFiles(Objects(), {directory, "/opt/ml/x", bytes_max_}, target_,
                [this](const std::string& notice) { notices_.push_back(notice); }, {});
  }
  void UploadNew(OtherObjects others = OtherObjects::kKeep) {
    const Directory directory(tree_);
    UploadChanges(Objects(), {directory, "/opt/ml/x", bytes_max_}, target_, others, directory_.path() / "staging", {});
  }
  Files Stored() const {
    Files stored;
    for (const auto& object : world_.objects().List("sagemaker-uploads", {}).objects) {
      stored[object.key] = Objects().Read({"sagemaker-uploads", object.key});
    }
    return stored;
  }
  Time Modified(const std::string& key) const { return world_.objects().Find("sagemaker-uploads", key)->modified; }
  RoleObjects Objects() const {
    return {world_.context(), world_.Role(), "SageMaker",
            ArnOf(TrainingJobNoun(), {"training-job", std::string(identity::kDefaultAccount), "us-east-1", "j"})};
  }

  // Objects are written an hour after now, the files of a test when it runs.
  mutable ControllerWorld world_{{16, 64LL << 30}, {SystemClock().Now().milliseconds + kHour.count()}};
  TemporaryDirectory directory_;
  const Path tree_ = directory_.path() / "tree";
  S3Uri target_{"sagemaker-uploads", "out"};
  std::int64_t bytes_max_ = 1 << 20;
  std::vector<std::string> notices_;
};

TEST_F(Uploads, PassOverWhatIsNoFileAndWhatCannotBeAKeyAndSaySo) {
  Write("a/b", "1");
  Write("\xff", "2");
  std::filesystem::create_symlink("/etc/passwd", tree_ / "link");
  ::mkfifo((tree_ / "pipe").c_str(), 0600);
  Upload();
  EXPECT_EQ(Stored(), (Files{{"out/a/b", "1"}}));
  EXPECT_THAT(notices_, testing::UnorderedElementsAre(
                            testing::HasSubstr("link was not uploaded: it is no file"),
                            testing::HasSubstr("pipe was not uploaded: it is no file"),
                            testing::HasSubstr("\xff was not uploaded: its name cannot be that of an object")));
}

TEST_F(Uploads, OfChangesWriteAnObjectAgainOnlyWhenItsFileHasChanged) {
  Write("same", "1");
  Write("changed", "1");
  UploadNew();
  const Time first = Modified("out/same");
  world_.Pass(Seconds(7200));
  Write("new", "2");
  UploadNew();
  EXPECT_EQ(Modified("out/same").milliseconds, first.milliseconds);
  EXPECT_EQ(Stored(), (Files{{"out/same", "1"}, {"out/changed", "1"}, {"out/new", "2"}}));
  Write("changed", "longer");
  UploadNew();
  EXPECT_EQ(Stored()["out/changed"], "longer");
}

// Unpacking an archive sets the time of modification to that of the past.
TEST_F(Uploads, OfChangesAreNotMisledByATimeThatAProgramSets) {
  ControllerWorld past{{16, 64LL << 30}, {SystemClock().Now().milliseconds - kHour.count()}};
  objects::Bucket bucket;
  bucket.account = identity::kDefaultAccount;
  bucket.region = "us-east-1";
  bucket.name = "sagemaker-uploads";
  past.objects().CreateBucket(bucket);
  auto writer = past.objects().Write("sagemaker-uploads", "out/x", {}, {});
  writer->Append("old");
  writer->Commit();
  Write("x", "new");
  std::filesystem::last_write_time(tree_ / "x", std::filesystem::file_time_type::clock::now() - std::chrono::hours(9));
  const Directory directory(tree_);
  const RoleObjects objects(past.context(), past.Role(), "SageMaker",
                            ArnOf(TrainingJobNoun(), {"training-job", "123456789012", "us-east-1", "j"}));
  UploadChanges(objects, {directory, "/opt/ml/x", bytes_max_}, target_, OtherObjects::kKeep,
                directory_.path() / "staging", {});
  EXPECT_EQ(objects.Read({"sagemaker-uploads", "out/x"}), "new");
}

TEST_F(Uploads, OfChangesKeepOrDeleteOtherObjectsAsAsked) {
  Put("out/other", "theirs");
  Put("outside", "far");
  Write("mine", "1");
  UploadNew(OtherObjects::kKeep);
  EXPECT_EQ(Stored(), (Files{{"out/mine", "1"}, {"out/other", "theirs"}, {"outside", "far"}}));
  UploadNew(OtherObjects::kDelete);
  EXPECT_EQ(Stored(), (Files{{"out/mine", "1"}, {"outside", "far"}}));
}

TEST_F(Uploads, OfChangesRefuseMoreThanTheVolumeHolds) {
  Write("big", std::string(200, 'x'));
  bytes_max_ = 100;
  EXPECT_THROW(UploadNew(), Error);
  EXPECT_EQ(Stored(), Files());
}

}  // namespace
}  // namespace sagebrush::sagemaker
