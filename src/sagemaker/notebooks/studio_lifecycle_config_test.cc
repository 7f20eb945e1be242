#include <gtest/gtest.h>

#include "sagemaker/controller_world.h"
#include "sagemaker/notebooks/notebooks.h"

namespace sagebrush::sagemaker {
namespace {

TEST(StudioLifecycleConfig, AreListedByAppType) {
  ControllerWorld world;
  for (const char* type : {"JupyterLab", "CodeEditor"}) {
    world.Call("CreateStudioLifecycleConfig", {{"StudioLifecycleConfigName", type},
                                               {"StudioLifecycleConfigContent", "IyEvYmluL3NoCg=="},
                                               {"StudioLifecycleConfigAppType", type}});
  }
  const Json listed = world.Call("ListStudioLifecycleConfigs", {{"AppTypeEquals", "CodeEditor"}});
  ASSERT_EQ(listed.at("StudioLifecycleConfigs").as_array().size(), 1u);
  EXPECT_EQ(GetString(listed.at("StudioLifecycleConfigs").as_array()[0], "StudioLifecycleConfigName"), "CodeEditor");
}

TEST(StudioLifecycleConfig, ContentMustBeBase64) {
  ControllerWorld world;
  EXPECT_FALSE(world.Accepts("CreateStudioLifecycleConfig", {{"StudioLifecycleConfigName", "c"},
                                                             {"StudioLifecycleConfigContent", "#!/bin/sh"},
                                                             {"StudioLifecycleConfigAppType", "JupyterLab"}}));
}

}  // namespace
}  // namespace sagebrush::sagemaker
