#include <gtest/gtest.h>

#include "sagemaker/controller_world.h"
#include "sagemaker/notebooks/notebooks.h"

namespace sagebrush::sagemaker {
namespace {

const JsonArray kScript{{{"Content", "IyEvYmluL3NoCg=="}}};

TEST(NotebookInstanceLifecycleConfig, AMissingOneIsToldByWhatWasTried) {
  ControllerWorld world;
  for (const std::string verb : {"describe", "update", "delete"}) {
    std::string operation = verb + "NotebookInstanceLifecycleConfig";
    operation[0] = static_cast<char>(std::toupper(operation[0]));
    try {
      world.Call(operation, {{"NotebookInstanceLifecycleConfigName", "none"}});
      FAIL() << operation;
    } catch (const Error& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with("Unable to " + verb + " Notebook")) << error.what();
    }
  }
}

TEST(NotebookInstanceLifecycleConfig, AnUpdateReplacesTheHooksThatItNames) {
  ControllerWorld world;
  const JsonObject name{{"NotebookInstanceLifecycleConfigName", "c"}};
  JsonObject input = name;
  input["OnCreate"] = input["OnStart"] = kScript;
  world.Call("CreateNotebookInstanceLifecycleConfig", input);
  JsonObject change = name;
  change["OnStart"] = JsonArray();
  world.Call("UpdateNotebookInstanceLifecycleConfig", change);
  const Json described = world.Call("DescribeNotebookInstanceLifecycleConfig", name);
  EXPECT_EQ(described.at("OnCreate"), Json(kScript));
  EXPECT_EQ(described.at("OnStart"), Json(JsonArray()));
}

}  // namespace
}  // namespace sagebrush::sagemaker
