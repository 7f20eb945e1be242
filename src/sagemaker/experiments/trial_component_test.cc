#include <gtest/gtest.h>

#include <limits>

#include "sagemaker/controller_world.h"
#include "sagemaker/experiments/experiments.h"
#include "sagemaker/verbs.h"

namespace sagebrush::sagemaker {
namespace {

class TrialComponentTest : public testing::Test {
 protected:
  TrialComponentTest() {
    world_.Call("CreateExperiment", {{"ExperimentName", "E"}});
    world_.Call("CreateTrial", {{"TrialName", "T1"}, {"ExperimentName", "e"}});
    world_.Call("CreateTrial", {{"TrialName", "T2"}, {"ExperimentName", "e"}});
    world_.Call("CreateTrialComponent", {{"TrialComponentName", "C"}});
  }
  void Associate(const char* trial) {
    world_.Call("AssociateTrialComponent", {{"TrialComponentName", "c"}, {"TrialName", trial}});
  }
  void Disassociate(const char* trial) {
    world_.Call("DisassociateTrialComponent", {{"TrialComponentName", "c"}, {"TrialName", trial}});
  }
  std::int64_t Children(const Noun& noun, const char* name) { return ChildrenOf(*world_.Get(noun, name)); }
  Json Update(JsonObject changes) {
    changes["TrialComponentName"] = "c";
    world_.Call("UpdateTrialComponent", changes);
    return world_.Call("DescribeTrialComponent", {{"TrialComponentName", "c"}});
  }
  ControllerWorld world_;
};

TEST_F(TrialComponentTest, IsCountedOnceByEachOfItsTrials) {
  Associate("t1");
  Associate("T1");
  Associate("t2");
  EXPECT_EQ(Children(TrialNoun(), "t1"), 1);
  EXPECT_EQ(Children(TrialNoun(), "t2"), 1);
  EXPECT_EQ(Children(ExperimentNoun(), "e"), 2);
  Disassociate("t1");
  EXPECT_THROW(Disassociate("t1"), Error);
  EXPECT_EQ(Children(TrialNoun(), "t1"), 0);
}

TEST_F(TrialComponentTest, TellsItsTrialsAsTheyWereNamed) {
  Associate("t1");
  const Json component = world_.Call("DescribeTrialComponent", {{"TrialComponentName", "c"}});
  const Json expected = JsonArray{{{"TrialName", "T1"}, {"ExperimentName", "E"}}};
  EXPECT_EQ(component.at("Parents"), expected);
}

TEST_F(TrialComponentTest, NothingGoesThatIsLinked) {
  Associate("t1");
  EXPECT_FALSE(world_.Accepts("DeleteTrialComponent", {{"TrialComponentName", "c"}}));
  EXPECT_FALSE(world_.Accepts("DeleteTrial", {{"TrialName", "t1"}}));
  EXPECT_FALSE(world_.Accepts("DeleteExperiment", {{"ExperimentName", "e"}}));
  Disassociate("t1");
  EXPECT_TRUE(world_.Accepts("DeleteTrialComponent", {{"TrialComponentName", "c"}}));
  EXPECT_TRUE(world_.Accepts("DeleteTrial", {{"TrialName", "t1"}}));
  EXPECT_TRUE(world_.Accepts("DeleteTrial", {{"TrialName", "t2"}}));
  EXPECT_TRUE(world_.Accepts("DeleteExperiment", {{"ExperimentName", "e"}}));
}

TEST_F(TrialComponentTest, AnUpdateMergesAndRemoves) {
  Update({{"Parameters", {{"a", {{"NumberValue", 1}}}, {"b", {{"StringValue", "x"}}}}}});
  const Json component =
      Update({{"Parameters", {{"b", {{"NumberValue", 2}}}}}, {"ParametersToRemove", {"a", "never"}}});
  EXPECT_EQ(component.at("Parameters"), (Json{{"b", {{"NumberValue", 2}}}}));
}

TEST_F(TrialComponentTest, AParameterIsOneFiniteNumberOrOneText) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(Update({{"Parameters", {{"a", {{"NumberValue", kNone}}}}}}), Error);
  EXPECT_THROW(Update({{"Parameters", {{"a", {{"NumberValue", 1}, {"StringValue", "1"}}}}}}), Error);
  EXPECT_THROW(Update({{"Parameters", {{"a", JsonObject()}}}}), Error);
}

TEST_F(TrialComponentTest, HasNoMoreArtifactsInAllThanOneCreateMayGive) {
  JsonObject many;
  for (int i = 0; i < 60; ++i) many["a" + std::to_string(i)] = {{"Value", "s3://b/k"}};
  Update({{"OutputArtifacts", many}});
  EXPECT_THROW(Update({{"OutputArtifacts", {{"one", {{"Value", "s3://b/k"}}}}}}), Error);
  Update({{"OutputArtifacts", {{"one", {{"Value", "s3://b/k"}}}}}, {"OutputArtifactsToRemove", {"a0"}}});
}

// The component and its trial are written in one commit.
TEST_F(TrialComponentTest, AWriteThatFailsLeavesNeitherHalf) {
  world_.FailWrites(1);
  EXPECT_FALSE(world_.Accepts("AssociateTrialComponent", {{"TrialComponentName", "c"}, {"TrialName", "t1"}}));
  EXPECT_EQ(Children(TrialNoun(), "t1"), 0);
  EXPECT_EQ(world_.Get(TrialComponentNoun(), "c")->spec.as_object().if_contains("Parents"), nullptr);
}

}  // namespace
}  // namespace sagebrush::sagemaker
