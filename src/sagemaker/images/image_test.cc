#include <gtest/gtest.h>

#include "sagemaker/controller_world.h"
#include "sagemaker/images/images.h"

namespace sagebrush::sagemaker {
namespace {

TEST(Image, PropertiesAreUpdatedAndDeleted) {
  ControllerWorld world;
  world.Call("CreateImage",
             {{"ImageName", "i"}, {"RoleArn", world.Role()}, {"DisplayName", "a"}, {"Description", "b"}});
  world.Call("UpdateImage", {{"ImageName", "i"}, {"DisplayName", "c"}, {"DeleteProperties", JsonArray{"Description"}}});
  const Json described = world.Call("DescribeImage", {{"ImageName", "i"}});
  EXPECT_EQ(GetString(described, "DisplayName"), "c");
  EXPECT_EQ(Find(described, "Description"), nullptr);
  EXPECT_EQ(GetString(described, "ImageStatus"), "CREATED");
}

TEST(Image, APropertyIsNotBothGivenAndDeleted) {
  ControllerWorld world;
  world.Call("CreateImage", {{"ImageName", "i"}, {"RoleArn", world.Role()}});
  EXPECT_FALSE(world.Accepts(
      "UpdateImage", {{"ImageName", "i"}, {"DisplayName", "c"}, {"DeleteProperties", JsonArray{"DisplayName"}}}));
}

}  // namespace
}  // namespace sagebrush::sagemaker
