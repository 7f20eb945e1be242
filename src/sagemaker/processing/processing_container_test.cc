#include "sagemaker/processing/processing_container.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "sagemaker/controller_world.h"
#include "sagemaker/processing/processing.h"
#include "sagemaker/workload_credentials.h"

namespace sagebrush::sagemaker {
namespace {

using testing::HasSubstr;

JsonObject Input(const std::string& key, const std::string& local_path) {
  return {{"InputName", "i"},
          {"S3Input", {{"S3Uri", "s3://sagemaker-c/" + key}, {"LocalPath", local_path}, {"S3DataType", "S3Prefix"}}}};
}

JsonObject Output(const std::string& local_path, const char* mode = "EndOfJob") {
  return {{"OutputName", "o"},
          {"S3Output", {{"S3Uri", "s3://sagemaker-c/out"}, {"LocalPath", local_path}, {"S3UploadMode", mode}}}};
}

class ProcessingContainerTest : public testing::Test {
 protected:
  ProcessingContainerTest() {
    objects::Bucket bucket;
    bucket.account = identity::kDefaultAccount;
    bucket.region = "us-east-1";
    bucket.name = "sagemaker-c";
    world_.objects().CreateBucket(bucket);
    Put("data/a", "1");
    Put("data/code/b", "2");
    Put("script.py", "print()");
    job_.key = KeyOf(ProcessingJobNoun(), std::string(identity::kDefaultAccount), "us-east-1", "j");
    job_.uid = "uid";
    job_.spec = {{"ProcessingJobName", "j"},
                 {"RoleArn", world_.Role()},
                 {"AppSpecification", {{"ImageUri", "x/xgboost:1"}, {"ContainerEntrypoint", JsonArray{"python3"}}}},
                 {"ProcessingResources", {{"ClusterConfig", {{"InstanceType", "ml.m5.large"}, {"VolumeSizeInGB", 1}}}}},
                 {"StoppingCondition", {{"MaxRuntimeInSeconds", 60}}}};
  }

  void Put(const std::string& key, const std::string& bytes) {
    auto writer = world_.objects().Write("sagemaker-c", key, {}, {});
    writer->Append(bytes);
    writer->Commit();
  }
  void Give(JsonArray inputs, JsonArray outputs) {
    job_.spec.as_object()["ProcessingInputs"] = std::move(inputs);
    job_.spec.as_object()["ProcessingOutputConfig"] = {{"Outputs", std::move(outputs)}};
  }
  ProcessingContainer Container(std::size_t host = 0) const { return {world_.context(), job_, host}; }
  // What preparing says is wrong; empty: it was prepared.
  std::string Prepare() const {
    try {
      Container().Prepare({});
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  }
  Path Root() const { return world_.data() / "jobs/uid"; }
  std::string Inside(const std::string& file) const { return ReadFileIfExists(Root() / file).value_or("(missing)"); }
  void Write(const std::string& file, std::string_view bytes) const {
    WriteAll(OpenFile(Root() / file, O_WRONLY | O_CREAT | O_TRUNC).get(), bytes);
  }
  std::vector<std::string> Upload() const {
    std::vector<std::string> notices;
    Container().UploadOutputs([&](const std::string& notice) { notices.push_back(notice); }, {});
    return notices;
  }

  ControllerWorld world_;
  store::Resource job_;
};

TEST_F(ProcessingContainerTest, GivesEachHostAllOrItsShare) {
  for (const char* key : {"many/1", "many/2", "many/3"}) Put(key, key);
  JsonObject shared = Input("many", "/opt/ml/processing/shared");
  shared["S3Input"].as_object()["S3DataDistributionType"] = "ShardedByS3Key";
  Give({Input("data", "/opt/ml/processing/all"), shared}, {Output("/opt/ml/processing/out")});
  job_.spec.at("ProcessingResources").at("ClusterConfig").as_object()["InstanceCount"] = 2;
  for (const std::size_t host : {0, 1}) Container(host).Prepare({});
  const auto names = [&](const std::string& directory) {
    std::set<std::string> found;
    for (const auto& file : std::filesystem::directory_iterator(Root() / directory)) {
      found.insert(file.path().filename());
    }
    return found;
  };
  EXPECT_EQ(names("processing/shared"), (std::set<std::string>{"1", "3"}));
  EXPECT_EQ(names("algo-2/processing/shared"), std::set<std::string>{"2"});
  EXPECT_EQ(Inside("processing/all/a"), "1");
  EXPECT_EQ(Inside("algo-2/processing/all/a"), "1");
  EXPECT_TRUE(std::filesystem::is_directory(Root() / "algo-2/processing/out"));
  EXPECT_EQ(Inside("config/resourceconfig.json"), R"({"current_host":"algo-1","hosts":["algo-1","algo-2"]})");
  EXPECT_EQ(Inside("algo-2/config/resourceconfig.json"), R"({"current_host":"algo-2","hosts":["algo-1","algo-2"]})");
}

TEST_F(ProcessingContainerTest, GivesEachHostATokenThatIsGoodWhileThatHostRuns) {
  job_.spec.at("ProcessingResources").at("ClusterConfig").as_object()["InstanceCount"] = 2;
  const auto token = [&](std::size_t host) {
    return Container(host).Workload({1, 1 << 30}, "log").environment.at("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  };
  world_.runtime().Start(WorkloadOf(job_, 1), {.environment = {{"DOES", "runs"}}});
  EXPECT_NE(GetString(CredentialsFor(world_.context(), token(1)), "AccessKeyId"), "");
  EXPECT_THROW(CredentialsFor(world_.context(), token(0)), Error);
}

TEST_F(ProcessingContainerTest, MakesTheDirectoryOfAShareWithoutObjects) {
  JsonObject shared = Input("script.py", "/opt/ml/processing/shared");
  shared["S3Input"].as_object()["S3DataDistributionType"] = "ShardedByS3Key";
  Give({shared}, {});
  job_.spec.at("ProcessingResources").at("ClusterConfig").as_object()["InstanceCount"] = 2;
  Container(1).Prepare({});
  EXPECT_TRUE(std::filesystem::is_empty(Root() / "algo-2/processing/shared"));
}

// AWS's examples have the code's directory in that of the data: destination="/opt/ml/processing/input".
TEST_F(ProcessingContainerTest, LaysOneInputIntoAnothersDirectory) {
  Give({Input("data", "/opt/ml/processing/input/"), Input("script.py", "/opt/ml/processing/input/code")},
       {Output("/opt/ml/processing/input/out")});
  ASSERT_EQ(Prepare(), "");
  EXPECT_EQ(Inside("processing/input/a"), "1");
  EXPECT_EQ(Inside("processing/input/code/b"), "2");
  EXPECT_EQ(Inside("processing/input/code/script.py"), "print()");
  EXPECT_TRUE(std::filesystem::is_directory(Root() / "processing/input/out"));
  ASSERT_EQ(Prepare(), "");  // Again, as after a restart.
}

TEST_F(ProcessingContainerTest, GivesTheJobFilesOfItsOwn) {
  Give({Input("data", "/opt/ml/processing/input")}, {});
  ASSERT_EQ(Prepare(), "");
  Write("processing/input/a", "changed");
  const auto opened = world_.objects().Open("sagemaker-c", "data/a");
  opened->Read({0, opened->object.size}, [](std::string_view bytes) { EXPECT_EQ(bytes, "1"); });
}

TEST_F(ProcessingContainerTest, RefusesInputsInEachOthersPlace) {
  Give({Input("data", "/opt/ml/processing/input"), Input("script.py", "/opt/ml/processing/input/a")}, {});
  EXPECT_THAT(Prepare(), HasSubstr("cannot both be placed"));
}

TEST_F(ProcessingContainerTest, RefusesAnOutputInThePlaceOfAFile) {
  Give({Input("data", "/opt/ml/processing/input")}, {Output("/opt/ml/processing/input/a/out")});
  EXPECT_THAT(Prepare(), HasSubstr("The output directory /opt/ml/processing/input/a/out cannot be made"));
}

TEST_F(ProcessingContainerTest, RefusesInputsThatTheVolumeCannotHold) {
  Give({Input("data", "/opt/ml/processing/input")}, {});
  job_.spec.at("ProcessingResources").at("ClusterConfig").as_object()["VolumeSizeInGB"] = 0;
  EXPECT_THAT(Prepare(), HasSubstr("has 1 bytes, and the volume has room for 0; raise VolumeSizeInGB"));
}

TEST_F(ProcessingContainerTest, UploadsNothingThroughALinkInThePlaceOfAnOutput) {
  Give({}, {Output("/opt/ml/processing/a/out"), Output("/opt/ml/processing/b", "Continuous")});
  ASSERT_EQ(Prepare(), "");
  for (const char* name : {"a", "b"}) {
    std::filesystem::remove_all(Root() / "processing" / name);
    std::filesystem::create_directory_symlink("/etc", Root() / "processing" / name);
  }
  EXPECT_THAT(Upload(), testing::ElementsAre("/opt/ml/processing/a/out was not uploaded: it is no directory."));
  Container().UploadContinuousOutputs({});
  EXPECT_TRUE(world_.objects().List("sagemaker-c", {.prefix = "out"}).objects.empty());
}

TEST_F(ProcessingContainerTest, ExitMessageIsItsFirstKilobyteCutBetweenCharacters) {
  ASSERT_EQ(Prepare(), "");
  EXPECT_EQ(Container().ExitMessage(), "");
  Write("output/message", "x");
  EXPECT_EQ(Container().ExitMessage(), "x");
  Write("output/message", std::string(1023, 'x') + "\xc3\xa9");
  EXPECT_EQ(Container().ExitMessage(), std::string(1023, 'x'));
  Write("output/message", "\xff");
  EXPECT_EQ(Container().ExitMessage(), std::nullopt);
  std::filesystem::remove(Root() / "output/message");
  std::filesystem::create_symlink("/etc/passwd", Root() / "output/message");
  EXPECT_EQ(Container().ExitMessage(), "");
}

}  // namespace
}  // namespace sagebrush::sagemaker
