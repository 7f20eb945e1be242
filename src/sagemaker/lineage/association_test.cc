#include <gtest/gtest.h>

#include "sagemaker/controller_world.h"
#include "sagemaker/lineage/lineage.h"

namespace sagebrush::sagemaker {
namespace {

class AssociationTest : public testing::Test {
 protected:
  AssociationTest() {
    action_ = Made("Action", {{"ActionName", "a"}});
    context_ = Made("Context", {{"ContextName", "c"}});
  }
  std::string Made(const std::string& noun, JsonObject input) {
    input["Source"] = {{"SourceUri", "s"}};
    input[noun + "Type"] = noun + "-type";
    return GetString(world_.Call("Create" + noun, std::move(input)), noun + "Arn");
  }
  bool Add(const std::string& source, const std::string& destination) {
    return world_.Accepts("AddAssociation", {{"SourceArn", source}, {"DestinationArn", destination}});
  }
  std::size_t Listed() { return world_.Call("ListAssociations", {}).at("AssociationSummaries").as_array().size(); }
  ControllerWorld world_;
  std::string action_, context_;
};

TEST_F(AssociationTest, KeepsBothEnds) {
  ASSERT_TRUE(Add(action_, context_));
  EXPECT_FALSE(world_.Accepts("DeleteAction", {{"ActionName", "a"}}));
  EXPECT_FALSE(world_.Accepts("DeleteContext", {{"ContextName", "c"}}));
  world_.Call("DeleteAssociation", {{"SourceArn", action_}, {"DestinationArn", context_}});
  EXPECT_TRUE(world_.Accepts("DeleteAction", {{"ActionName", "a"}}));
  EXPECT_TRUE(world_.Accepts("DeleteContext", {{"ContextName", "c"}}));
}

TEST_F(AssociationTest, IsOneForTwoEndsAndAWay) {
  EXPECT_TRUE(Add(action_, context_));
  EXPECT_FALSE(Add(action_, context_));
  EXPECT_TRUE(Add(context_, action_));
  EXPECT_FALSE(Add(action_, action_));
  EXPECT_EQ(Listed(), 2U);
}

TEST_F(AssociationTest, NeedsBothEndsAndIsNotOfTwoExperimentEntities) {
  EXPECT_FALSE(Add(action_, context_ + "x"));
  const auto component = world_.Call("CreateTrialComponent", {{"TrialComponentName", "t"}});
  const auto experiment = world_.Call("CreateExperiment", {{"ExperimentName", "e"}});
  const std::string component_arn = GetString(component, "TrialComponentArn");
  EXPECT_FALSE(Add(component_arn, GetString(experiment, "ExperimentArn")));
  EXPECT_TRUE(Add(component_arn, action_));
}

// The SDK deletes an experiment and all that is in it without a look at associations.
TEST_F(AssociationTest, GoesWithATrialComponentAndLeavesTheOtherEndFree) {
  const auto created = world_.Call("CreateTrialComponent", {{"TrialComponentName", "t"}});
  const std::string component = GetString(created, "TrialComponentArn");
  ASSERT_TRUE(Add(action_, component));
  ASSERT_TRUE(Add(component, action_));
  ASSERT_TRUE(Add(component, context_));
  ASSERT_TRUE(Add(action_, context_));
  world_.Call("DeleteTrialComponent", {{"TrialComponentName", "t"}});
  EXPECT_EQ(Listed(), 1U);
  world_.Call("DeleteAssociation", {{"SourceArn", action_}, {"DestinationArn", context_}});
  EXPECT_TRUE(world_.Accepts("DeleteAction", {{"ActionName", "a"}}));
  EXPECT_TRUE(world_.Accepts("DeleteContext", {{"ContextName", "c"}}));
}

// The association and its counts are one commit: when it fails, both ends go as before.
TEST_F(AssociationTest, AWriteThatFailsLeavesNoCount) {
  world_.FailWrites(1);
  EXPECT_FALSE(Add(action_, context_));
  EXPECT_EQ(Listed(), 0U);
  EXPECT_TRUE(world_.Accepts("DeleteAction", {{"ActionName", "a"}}));
}

TEST_F(AssociationTest, ShowsTheNamesThatItsEndsHaveNow) {
  const std::string artifact = Made("Artifact", {{"ArtifactName", "old"}});
  ASSERT_TRUE(Add(artifact, action_));
  world_.Call("UpdateArtifact", {{"ArtifactArn", artifact}, {"ArtifactName", "new"}});
  const Json list = world_.Call("ListAssociations", {});
  const Json& summary = list.at("AssociationSummaries").at(0);
  EXPECT_EQ(GetString(summary, "SourceName"), "new");
  EXPECT_EQ(GetString(summary, "SourceType"), "Artifact-type");
  EXPECT_EQ(GetString(summary, "DestinationName"), "a");
}

}  // namespace
}  // namespace sagebrush::sagemaker
