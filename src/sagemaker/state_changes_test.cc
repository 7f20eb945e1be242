#include "sagemaker/state_changes.h"

#include <map>

#include <gtest/gtest.h>

#include "sagemaker/governance/governance.h"
#include "sagemaker/hosting/hosting.h"
#include "sagemaker/model_registry/model_registry.h"
#include "sagemaker/training/training.h"

namespace sagebrush::sagemaker {
namespace {

std::shared_ptr<store::Resource> Made(const Noun& noun, const std::string& state, JsonObject spec = {}) {
  auto resource = std::make_shared<store::Resource>();
  resource->key = {noun.kind, "1", "r", "a"};
  resource->state = state;
  spec.emplace(noun.name_member, "A");
  resource->spec = std::move(spec);
  resource->status = JsonObject();
  resource->created = resource->modified = {1'700'000'000'123};
  return resource;
}

TEST(StateChange, OfANounWithoutStatesIsThatItComesAndGoes) {
  const auto model = Made(ModelNoun(), "", {{"Tags", JsonArray{{{"Key", "k"}, {"Value", "v"}}}}});
  const auto made = StateChangeOf({nullptr, model}), gone = StateChangeOf({model, nullptr});
  ASSERT_TRUE(made && gone);
  EXPECT_EQ(made->source, "aws.sagemaker");
  EXPECT_EQ(made->detail_type, "SageMaker Model State Change");
  EXPECT_EQ(made->resources, std::vector<std::string>{"arn:aws:sagemaker:r:1:model/a"});
  EXPECT_EQ(GetString(gone->detail, "ModelName"), "A");
  EXPECT_EQ(made->detail.at("CreationTime"), Json(1'700'000'000'123));
  EXPECT_EQ(made->detail.at("Tags"), Json({{"k", "v"}}));
  EXPECT_FALSE(StateChangeOf({model, model}));
}

TEST(StateChange, OfAJobIsOfItsPhaseToo) {
  const Noun& noun = TrainingJobNoun();
  const auto begun = Made(noun, "InProgress"), trains = Made(noun, "InProgress");
  trains->status = {
      {"SecondaryStatus", "Training"},
      {"SecondaryStatusTransitions", JsonArray{{{"Status", "Training"}, {"StartTime", 1'700'000'000.5}}}}};
  const auto change = StateChangeOf({begun, trains});
  ASSERT_TRUE(change);
  EXPECT_EQ(GetString(change->detail, "SecondaryStatus"), "Training");
  EXPECT_EQ(change->detail.at("SecondaryStatusTransitions").at(0).at("StartTime"), Json(1'700'000'000'500));
  EXPECT_FALSE(StateChangeOf({trains, trains}));
  EXPECT_FALSE(StateChangeOf({trains, nullptr}));  // It is deleted after its end, which was told.
}

TEST(StateChange, OfAnEndpointShoutsItsStatus) {
  const auto config = JsonObject{{"EndpointConfigName", "c"}};
  for (const auto& [status, shown] :
       std::map<std::string, std::string>{{"Creating", "CREATING"},
                                          {"InService", "IN_SERVICE"},
                                          {"RollingBack", "ROLLING_BACK"},
                                          {"UpdateRollbackFailed", "UPDATE_ROLLBACK_FAILED"},
                                          {"OutOfService", "OUT_OF_SERVICE"}}) {
    const auto change = StateChangeOf({nullptr, Made(EndpointNoun(), status, config)});
    ASSERT_TRUE(change) << status;
    EXPECT_EQ(GetString(change->detail, "EndpointStatus"), shown);
  }
}

TEST(StateChange, OfAPackageIsOfItsApprovalToo) {
  const auto pending = Made(ModelPackageNoun(), "Completed", {{"ModelApprovalStatus", "PendingManualApproval"}});
  const auto approved = Made(ModelPackageNoun(), "Completed", {{"ModelApprovalStatus", "Approved"}});
  const auto change = StateChangeOf({pending, approved});
  ASSERT_TRUE(change);
  EXPECT_EQ(GetString(change->detail, "CreationTime"), "2023-11-14T22:13:20Z");
}

TEST(StateChange, ShowsNothingThatDescribeDoesNot) {
  const auto change = StateChangeOf({nullptr, Made(ModelNoun(), "", {{"RequestDigest", "x"}})});
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->detail.contains("RequestDigest"));
  const auto card =
      StateChangeOf({nullptr, Made(ModelCardNoun(), "", {{"Content", "{}"}, {"ModelCardStatus", "Draft"}})});
  ASSERT_TRUE(card);
  EXPECT_FALSE(card->detail.contains("Content"));
}

TEST(StateChange, IsOfSomeNounsOnly) {
  EXPECT_FALSE(StateChangeOf({nullptr, Made(ModelPackageGroupNoun(), "Completed")}));
  auto user = std::make_shared<store::Resource>();
  user->key.kind = "iam-user";
  EXPECT_FALSE(StateChangeOf({nullptr, user}));
}

}  // namespace
}  // namespace sagebrush::sagemaker
