#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sagemaker/controller_world.h"
#include "sagemaker/model_registry/model_registry.h"

namespace sagebrush::sagemaker {
namespace {

class ModelPackageTest : public testing::Test {
 protected:
  ModelPackageTest() { world_.Call("CreateModelPackageGroup", {{"ModelPackageGroupName", "Churn"}}); }

  std::string Register(JsonObject more = {}) {
    more["ModelPackageGroupName"] = "churn";
    return GetString(world_.Call("CreateModelPackage", std::move(more)), "ModelPackageArn");
  }
  std::string ErrorOf(const std::string& operation, const JsonObject& input) {
    try {
      world_.Call(operation, input);
    } catch (const Error& error) {
      return std::string(error.kind().code) + ": " + error.what();
    }
    return "";
  }

  ControllerWorld world_;
};

TEST_F(ModelPackageTest, AVersionIsNamedAfterItsGroupAsThatWasCreated) {
  const std::string arn = Register();
  EXPECT_THAT(arn, testing::EndsWith(":model-package/churn/1"));
  const Json described = world_.Call("DescribeModelPackage", {{"ModelPackageName", arn}});
  EXPECT_EQ(GetString(described, "ModelPackageGroupName"), "Churn");
  EXPECT_EQ(GetString(described, "ModelPackageName"), "Churn/1");
}

TEST_F(ModelPackageTest, AGroupIsKeptAsLongAsItHasVersions) {
  const std::string arn = Register();
  EXPECT_THAT(ErrorOf("DeleteModelPackageGroup", {{"ModelPackageGroupName", "churn"}}),
              testing::StartsWith("ConflictException"));
  world_.Call("DeleteModelPackage", {{"ModelPackageName", arn}});
  EXPECT_EQ(ErrorOf("DeleteModelPackageGroup", {{"ModelPackageGroupName", "churn"}}), "");
  EXPECT_THAT(ErrorOf("CreateModelPackage", {{"ModelPackageGroupName", "churn"}}),
              testing::HasSubstr("does not exist"));
}

// A group that is made anew under the name begins anew.
TEST_F(ModelPackageTest, NumbersAreTheGroupsOwn) {
  world_.Call("DeleteModelPackage", {{"ModelPackageName", Register()}});
  EXPECT_THAT(Register(), testing::EndsWith("/2"));
  world_.Call("DeleteModelPackage", {{"ModelPackageName", "churn/2"}});
  world_.Call("DeleteModelPackageGroup", {{"ModelPackageGroupName", "churn"}});
  world_.Call("CreateModelPackageGroup", {{"ModelPackageGroupName", "churn"}});
  EXPECT_THAT(Register(), testing::EndsWith("/1"));
}

TEST_F(ModelPackageTest, ATokenAnswersForADayWhatItMade) {
  const std::string first = Register({{"ClientToken", "t"}});
  EXPECT_EQ(Register({{"ClientToken", "t"}}), first);
  world_.Pass(Seconds(25.0 * 3600));
  EXPECT_NE(Register({{"ClientToken", "t"}}), first);
}

TEST_F(ModelPackageTest, AFailedWriteLeavesNoNumberBehind) {
  world_.FailWrites(1);
  EXPECT_THAT(ErrorOf("CreateModelPackage", {{"ModelPackageGroupName", "churn"}}),
              testing::StartsWith("ServiceUnavailable"));
  EXPECT_THAT(Register(), testing::EndsWith("/1"));
}

}  // namespace
}  // namespace sagebrush::sagemaker
