#include <gtest/gtest.h>

#include "sagemaker/controller_world.h"
#include "sagemaker/lineage/lineage.h"

namespace sagebrush::sagemaker {
namespace {

JsonObject Source(const std::string& uri, const JsonArray& types = {}) {
  return {{"SourceUri", uri}, {"SourceTypes", types}};
}

JsonObject Type(const char* kind, const char* value) { return {{"SourceIdType", kind}, {"Value", value}}; }

class ArtifactTest : public testing::Test {
 protected:
  std::string Create(const JsonObject& source) {
    return GetString(world_.Call("CreateArtifact", {{"Source", source}, {"ArtifactType", "DataSet"}}), "ArtifactArn");
  }
  ControllerWorld world_;
};

TEST_F(ArtifactTest, HasAnIdOfItsSource) {
  const std::string arn = Create(Source("s3://b/a"));
  EXPECT_EQ(arn.size(), std::string("arn:aws:sagemaker:us-east-1:123456789012:artifact/").size() + 32);
  EXPECT_NE(arn, Create(Source("s3://b/b")));
  EXPECT_NE(arn, Create(Source("s3://b/a", {Type("MD5Hash", "1")})));
}

TEST_F(ArtifactTest, IsOneForOneSourceWhateverTheOrderOfItsTypes) {
  Create(Source("s3://b/a", {Type("MD5Hash", "1"), Type("S3ETag", "2")}));
  EXPECT_THROW(Create(Source("s3://b/a", {Type("S3ETag", "2"), Type("MD5Hash", "1")})), Error);
}

// A source's texts are the client's: no choice of them may look like another source.
TEST_F(ArtifactTest, SourcesThatReadAlikeAreTwo) {
  const std::string first = Create(Source("a", {Type("Custom", "x\"],[\"Custom\",\"y")}));
  EXPECT_NE(first, Create(Source("a", {Type("Custom", "x"), Type("Custom", "y")})));
}

TEST_F(ArtifactTest, GoesByItsSource) {
  const std::string arn = Create(Source("s3://b/a", {Type("MD5Hash", "1")}));
  EXPECT_THROW(world_.Call("DeleteArtifact", {{"Source", Source("s3://b/a")}}), Error);
  EXPECT_THROW(world_.Call("DeleteArtifact", {}), Error);
  const Json gone = world_.Call("DeleteArtifact", {{"Source", Source("s3://b/a", {Type("MD5Hash", "1")})}});
  EXPECT_EQ(GetString(gone, "ArtifactArn"), arn);
  EXPECT_THROW(world_.Call("DescribeArtifact", {{"ArtifactArn", arn}}), Error);
}

}  // namespace
}  // namespace sagebrush::sagemaker
