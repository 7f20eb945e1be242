#include "runtime/image_catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"

namespace sagebrush::runtime {
namespace {

using testing::HasSubstr;

const ImageCatalogue& Catalogue() {
  static const Json catalogue = ParseJson(R"json([{"Name": "xgboost",
      "Images": [{"Repository": "sagemaker-xgboost", "Tags": ["0.90-1", "0.90-2", "1.0-1", "1.2-1", "1.2-2", "1.3-1", "1.5-1",
                                                              "1.7-1", "3.0-5", "3.2-0"]},
                 {"Repository": "xgboost", "Tags": ["1", "latest"]}],
      "InputModes": ["File", "FastFile"],
      "MetricDefinitions": [{"Name": "train:auc", "Regex": "train-auc:(.*)"}]}])json");
  static const ImageCatalogue images(catalogue, "/usr/lib/sagebrush/sagebrush-algorithms",
                                     {"/opt/xgboost/lib", "/opt/arrow"});
  return images;
}

// What sagemaker.image_uris.retrieve("xgboost", region, version) returns (SageMaker Python SDK 2.257.7, sagemaker-core
// 2.27.0: image_uri_config/xgboost.json), one of each form and partition.
class XgboostImage : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(XgboostImage, ResolvesToOurProgram) {
  const auto& [uri, version] = GetParam();
  const ImageDescription described = Catalogue().Describe(uri, "us-east-1");
  EXPECT_EQ(described.algorithm, "xgboost");
  EXPECT_EQ(described.version, version);
  EXPECT_EQ(described.input_modes, (std::set<std::string>{"FastFile", "File"}));
  const PreparedImage info = ReadyImage(Catalogue(), uri, "us-east-1");
  EXPECT_EQ(info.train_command.at(1), "train");
  EXPECT_EQ(info.serve_command.at(1), "serve");
}

INSTANTIATE_TEST_SUITE_P(
    ImageCatalogue, XgboostImage,
    testing::Values(
        std::pair{"811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1", "1"},
        std::pair{"811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:latest", "latest"},
        std::pair{"683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:0.90-1-cpu-py3", "0.90-1"},
        std::pair{"683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:0.90-2-cpu-py3", "0.90-2"},
        std::pair{"141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.0-1-cpu-py3", "1.0-1"},
        std::pair{"450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-xgboost:1.2-1", "1.2-1"},
        std::pair{"833128469047.dkr.ecr.us-iso-east-1.c2s.ic.gov/sagemaker-xgboost:1.2-2", "1.2-2"},
        std::pair{"683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.3-1", "1.3-1"},
        std::pair{"683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.5-1-cpu-py3", "1.5-1"},
        std::pair{"683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1", "1.7-1"},
        std::pair{"683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5", "3.0-5"},
        std::pair{"683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0", "3.2-0"}));

TEST(ImageCatalogue, BringTheMetricsOfTheirAlgorithm) {
  const ImageDescription info = Catalogue().Describe("x/xgboost:1", "us-east-1");
  ASSERT_EQ(info.metric_definitions.size(), 1u);
  EXPECT_EQ(info.metric_definitions[0].first, "train:auc");
}

TEST(ImageCatalogue, MountsTheProgramAndItsLibraries) {
  const PreparedImage info = ReadyImage(Catalogue(), "x/xgboost:1", "us-east-1");
  ASSERT_EQ(info.mounts.size(), 3u);
  EXPECT_EQ(info.mounts[0].source, "/usr/lib/sagebrush/sagebrush-algorithms");
  EXPECT_EQ(info.mounts[0].target, info.train_command[0]);
  for (const Mount& mount : info.mounts) EXPECT_TRUE(mount.read_only);
  EXPECT_EQ(info.environment.at("LD_LIBRARY_PATH"),
            info.mounts[1].target.string() + ":" + info.mounts[2].target.string());
}

TEST(ImageCatalogue, SaysWhatIsMissingAndWhatThereIs) {
  for (const char* uri : {"683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:9.9-9", "ubuntu", "",
                          "123456789012.dkr.ecr.us-east-1.amazonaws.com/xgboost:1", "docker.io/xgboost:1",
                          "683313688378.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1",
                          "683313688378.dkr.ecr.amazonaws.com/xgboost:1", "localhost:5000/xgboost:1",
                          "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.0.0-cpu-py310"}) {
    try {
      Catalogue().Describe(uri, "us-east-1");
      FAIL() << uri;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind().code, "ValidationException");
      EXPECT_THAT(error.what(), HasSubstr(uri));
      EXPECT_THAT(error.what(), HasSubstr("sagemaker-xgboost: 0.90-1"));
    }
  }
}

TEST(FindLibraryDirectories, HasNothingForProgramsOfTheSystemOrNoProgramsAtAll) {
  EXPECT_TRUE(FindLibraryDirectories("/bin/sh").empty());
  EXPECT_TRUE(FindLibraryDirectories("/no/such/program").empty());
  TemporaryDirectory directory;
  std::ofstream(directory.path() / "text") << "\x7f" << "ELF but not really";
  EXPECT_TRUE(FindLibraryDirectories(directory.path() / "text").empty());
}

}  // namespace
}  // namespace sagebrush::runtime
