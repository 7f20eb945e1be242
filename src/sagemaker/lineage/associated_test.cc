#include <gtest/gtest.h>

#include "sagemaker/controller_world.h"
#include "sagemaker/lineage/lineage.h"

namespace sagebrush::sagemaker {
namespace {

JsonObject Properties(int first, int last) {
  JsonObject properties;
  for (int i = first; i < last; ++i) properties["p" + std::to_string(i)] = "v";
  return properties;
}

TEST(Properties, AreNoMoreInAllThanOneCreateMayGive) {
  ControllerWorld world;
  const auto update = [&](const JsonObject& properties, const JsonArray& removed) {
    return world.Call("UpdateContext",
                      {{"ContextName", "c"}, {"Properties", properties}, {"PropertiesToRemove", removed}});
  };
  world.Call("CreateContext", {{"ContextName", "c"},
                               {"Source", {{"SourceUri", "s"}}},
                               {"ContextType", "Endpoint"},
                               {"Properties", Properties(0, 30)}});
  EXPECT_THROW(update(Properties(30, 31), {}), Error);
  update(Properties(30, 31), {"p0"});
  const Json context = world.Call("DescribeContext", {{"ContextName", "c"}});
  EXPECT_EQ(context.at("Properties").as_object(), Properties(1, 31));
}

TEST(Associated, AreCountedAndStay) {
  store::Resource action;
  action.key = KeyOf(ActionNoun(), "123456789012", "us-east-1", "a");
  action.status = JsonObject();
  RefuseAssociated(ActionNoun(), action);
  CountAssociation(action, 1);
  CountAssociation(action, 1);
  CountAssociation(action, -1);
  EXPECT_THROW(RefuseAssociated(ActionNoun(), action), Error);
  CountAssociation(action, -1);
  RefuseAssociated(ActionNoun(), action);
}

}  // namespace
}  // namespace sagebrush::sagemaker
