#include "runtime/image_provider.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "runtime/fake_images.h"
#include "runtime/image_catalogue.h"

namespace sagebrush::runtime {
namespace {

class Provider : public testing::Test {
 protected:
  std::string CodeOfUse() const {
    try {
      ReadyImage(images_, "xgboost:1", "us-east-1");
    } catch (const Error& error) {
      return std::string(error.kind().code) + ": " + error.what();
    }
    return "";
  }

  ImageCatalogue catalogue_{
      ParseJson(
          R"([{"Name": "xgboost", "Images": [{"Repository": "xgboost", "Tags": ["1"]}], "InputModes": ["File"], "MetricDefinitions": []}])"),
      "/bin/true",
      {}};
  FakeImages images_{catalogue_};
};

TEST_F(Provider, GivesAnImageToNobodyBeforeItIsReady) {
  EXPECT_EQ(CodeOfUse(), "");
  images_.Become(ImageState::Stage::kPreparing, "1 of 2 layers is unpacked.");
  EXPECT_EQ(CodeOfUse(), std::string(kServiceUnavailable.code) +
                             ": The image xgboost:1 is not ready yet: 1 of 2 layers is unpacked.");
  images_.Become(ImageState::Stage::kFailed, "A layer is damaged.");
  EXPECT_EQ(CodeOfUse(), "ValidationException: The image xgboost:1 cannot be had: A layer is damaged.");
}

TEST_F(Provider, RefusesToPrepareWhatItDoesNotKnow) {
  EXPECT_THROW(images_.Prepare("nobody:1", "us-east-1", "job"), Error);
  EXPECT_THROW(images_.State("nobody:1", "us-east-1"), Error);
}

TEST(RootFor, GivesEachWorkloadOfLayersAnEmptyDirectoryToWriteTo) {
  const TemporaryDirectory directory;
  const Path writable = directory.path() / "root";
  std::filesystem::create_directories(writable / "left/over");
  const ImageRoot root = RootFor({.root = LayeredRoot{.layers = {"/a", "/b"}, .writable = {}}}, writable);
  EXPECT_EQ(std::get<LayeredRoot>(root).layers, (std::vector<Path>{"/a", "/b"}));
  EXPECT_EQ(std::get<LayeredRoot>(root).writable, writable);
  EXPECT_TRUE(std::filesystem::is_empty(writable));
  EXPECT_TRUE(std::holds_alternative<HostRoot>(RootFor({}, directory.path() / "none")));
  EXPECT_FALSE(std::filesystem::exists(directory.path() / "none"));
}

}  // namespace
}  // namespace sagebrush::runtime
