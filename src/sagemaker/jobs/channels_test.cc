#include "sagemaker/jobs/channels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::sagemaker {
namespace {

TEST(PathInChannel, IsRelativeToTheLastFolderOfThePrefix) {
  EXPECT_EQ(PathInChannel("data/train", "data/train/a.csv"), "a.csv");
  EXPECT_EQ(PathInChannel("data/train/", "data/train/x/a.csv"), "x/a.csv");
  EXPECT_EQ(PathInChannel("data/train.csv", "data/train.csv"), "train.csv");
  EXPECT_EQ(PathInChannel("data/tr", "data/train.csv"), "train.csv");
  EXPECT_EQ(PathInChannel("data/tr", "data/train/a.csv"), "train/a.csv");
  EXPECT_EQ(PathInChannel("", "a.csv"), "a.csv");
}

TEST(PathInChannel, SkipsFolderMarkers) { EXPECT_EQ(PathInChannel("data/", "data/"), Path()); }

// What AWS takes for no file name: S3ModelDataSource.CompressionType in the service model.
TEST(PathInChannel, RefusesWhatIsNoFileName) {
  for (const std::string& key : {std::string("data/../x"), std::string("data/a\0b", 8), "data/" + std::string(256, 'n'),
                                 std::string("data/.")}) {
    EXPECT_THROW(PathInChannel("data/", key), Error) << key;
  }
  EXPECT_EQ(PathInChannel("data/", "data/./a//b"), "a/b");
}

class Layout : public testing::Test {
 protected:
  void Add(const std::string& key) { layout.Add({"b", "f/" + key}, PathInChannel("f/", "f/" + key)); }
  std::string Place() {
    try {
      layout.Place(directory.path() / "channel",
                   [](const S3Uri& object, const Path& file) { WriteFileDurably(file, object.key); });
    } catch (const Error& error) {
      EXPECT_EQ(error.kind().code, kValidation.code);
      return error.what();
    }
    return "";
  }

  TemporaryDirectory directory;
  ChannelLayout layout;
};

TEST_F(Layout, PlacesObjectsInAnEmptyDirectory) {
  std::filesystem::create_directories(directory.path() / "channel/left/over");
  for (const char* key : {"z", "a/b/c", "a/b-c", "a/b.d/e", "folder/"}) Add(key);
  EXPECT_EQ(Place(), "");
  EXPECT_EQ(ReadFile(directory.path() / "channel/a/b/c"), "f/a/b/c");
  EXPECT_EQ(ReadFile(directory.path() / "channel/z"), "f/z");
  EXPECT_FALSE(std::filesystem::exists(directory.path() / "channel/left"));
  EXPECT_FALSE(std::filesystem::exists(directory.path() / "channel/folder"));
}

// Case F. "data-1" comes between the two in the order of keys.
TEST_F(Layout, NamesBothObjectsOfWhichOneIsInThePlaceOfTheOthersFolder) {
  for (const char* key : {"data", "data-1", "data/part-0", "other"}) Add(key);
  EXPECT_EQ(Place(),
            "The objects s3://b/f/data and s3://b/f/data/part-0 cannot both be placed: one would be a file and "
            "the other in a folder, data. Give one of them another key.");
  EXPECT_FALSE(std::filesystem::exists(directory.path() / "channel"));
}

TEST_F(Layout, NamesBothObjectsThatWouldBeOneFile) {
  for (const char* key : {"a/b", "a//b"}) Add(key);
  EXPECT_THAT(Place(), testing::HasSubstr("both would be the file a/b"));
}

TEST(PathInChannel, RefusesToLeaveTheChannel) {
  EXPECT_THROW(PathInChannel("data/", "data/../../etc/passwd"), Error);
  EXPECT_EQ(PathInChannel("data", "data//etc/passwd"), "etc/passwd");
}

}  // namespace
}  // namespace sagebrush::sagemaker
