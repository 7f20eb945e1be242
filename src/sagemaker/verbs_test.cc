#include "sagemaker/verbs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sagemaker/thing_world.h"

namespace sagebrush::sagemaker {
namespace {

using testing::HasSubstr;

constexpr const char* kArn = "arn:aws:sagemaker:us-east-1:123456789012:thing/a";

class Verbs : public testing::Test {
 protected:
  JsonObject SpecOf(const std::string& thing) const { return world_.Get(ThingNoun(), thing).spec.as_object(); }
  std::int64_t ChildrenOfBox(const std::string& box) const { return ChildrenOf(world_.Get(BoxNoun(), box)); }
  std::string Update(JsonObject input) {
    input["ThingName"] = "a";
    return world_.Do("UpdateTrial", std::move(input)).error;
  }
  std::string Delete(const std::string& thing) { return world_.Do("DeleteTrial", {{"ThingName", thing}}).error; }

  ThingWorld world_;
};

TEST_F(Verbs, CreateKeepsWhatIsStoredAndLetsPrepareReadTheRest) {
  EXPECT_EQ(world_.Create({{"ThingName", "A"}, {"Colour", "red"}, {"Wish", "peace"}}).answer,
            (Json{{"ThingArn", kArn}}));
  const store::Resource made = world_.Get(ThingNoun(), "a");
  EXPECT_EQ(made.spec,
            (Json{{"ThingName", "A"},
                  {"Colour", "red"},
                  {"Granted", "peace"},
                  {"CreatedBy",
                   {{"IamIdentity", {{"Arn", "arn:aws:iam::123456789012:user/ann"}, {"PrincipalId", "AIDAANN"}}}}}}));
  EXPECT_EQ(made.state, "Idle");
  EXPECT_EQ(made.created, world_.clock().Now());
  EXPECT_EQ(made.modified, world_.clock().Now());
}

TEST_F(Verbs, CreateRefusesWhatItHasNotAndSaysWhy) {
  EXPECT_EQ(world_.Create({{"ThingName", "a"}, {"Network", {{"Vpc", "v"}}}}).error,
            "ValidationException: Network.Vpc is not supported by this server: it has no network.");
  EXPECT_EQ(world_.Create({{"ThingName", "a"}, {"Wings", 2}}).error,
            "ValidationException: Wings is not supported by this server; leave it out.");
  EXPECT_FALSE(world_.Has(ThingNoun(), "a"));
}

TEST_F(Verbs, CreateTakesAMemberThatAsksForNothing) {
  int number = 0;
  for (const Json& nothing : {Json(nullptr), Json(""), Json(false), Json(JsonArray()), Json(0)}) {
    const std::string name = "n" + std::to_string(++number);
    EXPECT_EQ(world_.Create({{"ThingName", name}, {"Wings", nothing}, {"Network", {{"Vpc", nothing}}}}).error, "");
  }
  for (const Json& something : {Json("x"), Json(true), Json(JsonArray{1}), Json(1), Json(JsonObject())}) {
    EXPECT_NE(world_.Create({{"ThingName", "a"}, {"Wings", something}}).error, "") << something;
  }
}

// ARNs are in lower case, so names that differ in case only are one.
TEST_F(Verbs, CreateRefusesANameThatIsTaken) {
  ASSERT_EQ(world_.Create({{"ThingName", "A"}, {"Colour", "red"}}).error, "");
  EXPECT_EQ(world_.Create({{"ThingName", "a"}, {"Colour", "blue"}}).error,
            std::string("ResourceInUse: Thing a is there: ") + kArn + ".");
  EXPECT_EQ(SpecOf("a").at("Colour"), "red");
}

TEST_F(Verbs, CreateCountsItInItsParent) {
  world_.CreateBox("Big");
  ASSERT_EQ(world_.Create({{"ThingName", "a"}, {"BoxName", "big"}}).error, "");
  ASSERT_EQ(world_.Create({{"ThingName", "b"}, {"BoxName", "arn:aws:sagemaker:us-east-1:123456789012:box/big"}}).error,
            "");
  EXPECT_EQ(ChildrenOfBox("big"), 2);
  EXPECT_EQ(SpecOf("a").at("BoxName"), "Big");  // As it was created.
  EXPECT_EQ(SpecOf("b").at("BoxName"), "Big");
}

TEST_F(Verbs, CreateNeedsTheParentThatItNames) {
  EXPECT_EQ(world_.Create({{"ThingName", "a"}, {"BoxName", "big"}}).error, "ResourceNotFound: No box big.");
  EXPECT_EQ(world_.Create({{"ThingName", "a"}, {"BoxName", kArn}}).error,
            std::string("ValidationException: ") + kArn + " is not the ARN of a Box.");
  EXPECT_FALSE(world_.Has(ThingNoun(), "a"));
}

TEST_F(Verbs, CreateThatIsRefusedCountsNothing) {
  world_.CreateBox("big");
  ASSERT_EQ(world_.Create({{"ThingName", "a"}}).error, "");
  EXPECT_NE(world_.Create({{"ThingName", "a"}, {"BoxName", "big"}}).error, "");
  EXPECT_EQ(ChildrenOfBox("big"), 0);
}

TEST_F(Verbs, CreateChecksTags) {
  const auto tag = [](const char* key) { return JsonObject{{"Key", key}, {"Value", "v"}}; };
  EXPECT_THAT(world_.Create({{"ThingName", "a"}, {"Tags", JsonArray{tag("aws:x")}}}).error, HasSubstr("reserved"));
  EXPECT_THAT(world_.Create({{"ThingName", "a"}, {"Tags", JsonArray{tag("k"), tag("k")}}}).error, HasSubstr("twice"));
  EXPECT_EQ(world_.Create({{"ThingName", "a"}, {"Tags", JsonArray{tag("k")}}}).error, "");
}

TEST_F(Verbs, CreateAnswersATokenWithWhatItMade) {
  world_.CreateBox("big");
  const JsonObject part{{"BoxName", "big"}, {"ClientToken", "t"}};
  const auto first = world_.Do("CreateTrialComponent", part);
  EXPECT_EQ(first.answer, (Json{{"PartArn", "arn:aws:sagemaker:us-east-1:123456789012:part/big/1"}}));
  EXPECT_EQ(world_.Do("CreateTrialComponent", part), first);
  EXPECT_EQ(ChildrenOfBox("big"), 1);
}

TEST_F(Verbs, CreateRefusesATokenOfAnotherRequest) {
  ASSERT_EQ(world_.Create({{"ThingName", "a"}, {"ClientToken", "t"}}).error, "");
  EXPECT_THAT(world_.Create({{"ThingName", "a"}, {"ClientToken", "t"}, {"Colour", "red"}}).error,
              HasSubstr("ValidationException: ClientToken t was given with another request"));
  EXPECT_THAT(world_.Create({{"ThingName", "b"}, {"ClientToken", "t"}}).error, HasSubstr("another request"));
  EXPECT_FALSE(world_.Has(ThingNoun(), "b"));
}

TEST_F(Verbs, CreateForgetsATokenAfterADay) {
  world_.CreateBox("big");
  const JsonObject part{{"BoxName", "big"}, {"ClientToken", "t"}};
  world_.Do("CreateTrialComponent", part);
  world_.clock().Advance(std::chrono::hours(24));
  EXPECT_EQ(world_.Do("CreateTrialComponent", part).answer,
            (Json{{"PartArn", "arn:aws:sagemaker:us-east-1:123456789012:part/big/1"}}));
  world_.clock().Advance(Milliseconds(1));
  EXPECT_EQ(world_.Do("CreateTrialComponent", part).answer,
            (Json{{"PartArn", "arn:aws:sagemaker:us-east-1:123456789012:part/big/2"}}));
}

TEST_F(Verbs, DescribeShowsSpecNamesStateAndTimes) {
  world_.Create({{"ThingName", "a"}, {"Colour", "red"}});
  const Json described = world_.Do("DescribeTrial", {{"ThingName", kArn}}).answer;
  EXPECT_EQ(GetString(described, "ThingArn"), kArn);
  EXPECT_EQ(GetString(described, "Colour"), "red");
  EXPECT_EQ(GetString(described, "ThingStatus"), "Idle");
  EXPECT_EQ(described.at("CreationTime"), 1'700'000'000.0);
  EXPECT_EQ(world_.Do("DescribeTrial", {{"ThingName", "b"}}).error, "ResourceNotFound: No thing b.");
}

TEST_F(Verbs, UpdateReplacesMergesAndRemoves) {
  world_.Create({{"ThingName", "a"}, {"Labels", {{"x", 1}, {"y", 2}}}, {"Names", {"ann", "bob"}}, {"Weight", 3}});
  const auto after = [&](JsonObject input, const char* member) {
    EXPECT_EQ(Update(std::move(input)), "");
    return SpecOf("a").at(member);
  };
  EXPECT_EQ(after({{"Colour", "red"}}, "Colour"), "red");
  EXPECT_EQ(after({{"Shade", "dark"}}, "Colour"), "dark");
  EXPECT_EQ(after({{"Labels", {{"y", 9}, {"z", 3}}}}, "Labels"), (Json{{"x", 1}, {"y", 9}, {"z", 3}}));
  EXPECT_EQ(after({{"LabelsToRemove", {"x", "none"}}}, "Labels"), (Json{{"y", 9}, {"z", 3}}));
  EXPECT_EQ(after({{"NamesToAdd", {"ann", "eve"}}}, "Names"), (JsonArray{"bob", "ann", "eve"}));
  EXPECT_EQ(after({{"NamesToRemove", {"bob"}}}, "Names"), (JsonArray{"ann", "eve"}));
  EXPECT_EQ(after({{"Wish", "peace"}}, "Granted"), "peace");
  EXPECT_FALSE(SpecOf("a").contains("Wish"));
  EXPECT_EQ(SpecOf("a").at("Weight"), 3);
}

TEST_F(Verbs, UpdateSaysWhenAndWho) {
  world_.Create({{"ThingName", "a"}});
  world_.clock().Advance(Milliseconds(5));
  ASSERT_EQ(Update({{"Colour", "red"}}), "");
  EXPECT_EQ(world_.Get(ThingNoun(), "a").modified - world_.Get(ThingNoun(), "a").created, Milliseconds(5));
  EXPECT_EQ(GetString(SpecOf("a"), "LastModifiedBy.IamIdentity.PrincipalId"), "AIDAANN");
}

TEST_F(Verbs, UpdateThatIsRefusedChangesNothing) {
  EXPECT_EQ(Update({{"Colour", "red"}}), "ResourceNotFound: No thing a.");
  world_.Create({{"ThingName", "a"}});
  const auto before = world_.Everything();
  EXPECT_THAT(Update({{"Colour", "red"}, {"Weight", 5}}), HasSubstr("Weight is not supported"));
  EXPECT_THAT(Update({{"Colour", "red"}, {"Wish", "the moon"}}), HasSubstr("Wish for less."));
  EXPECT_EQ(world_.Everything(), before);
}

TEST_F(Verbs, StopAndStartSayWhatIsWanted) {
  world_.Create({{"ThingName", "a"}});
  EXPECT_EQ(world_.Do("StartThing", {{"ThingName", "a"}}).error, "ValidationException: It was not stopped.");
  EXPECT_EQ(world_.Do("StopThing", {{"ThingName", "a"}}).answer, (Json{{"ThingArn", kArn}}));
  EXPECT_EQ(SpecOf("a").at("Stop"), true);
  EXPECT_EQ(world_.Do("StartThing", {{"ThingName", "a"}}).error, "");
  EXPECT_FALSE(SpecOf("a").contains("Stop"));
  EXPECT_EQ(world_.Do("StopThing", {{"ThingName", "b"}}).error, "ResourceNotFound: No thing b.");
}

TEST_F(Verbs, DeleteIsRefusedWhileOthersArePartOfIt) {
  world_.CreateBox("big");
  world_.Create({{"ThingName", "a"}, {"BoxName", "big"}});
  EXPECT_EQ(world_.Do("DeleteExperiment", {{"BoxName", "big"}}).error, "ResourceInUse: Box big is not empty.");
  EXPECT_EQ(Delete("a"), "");
  EXPECT_EQ(ChildrenOfBox("big"), 0);
  EXPECT_EQ(world_.Do("DeleteExperiment", {{"BoxName", "big"}}).error, "");
  EXPECT_TRUE(world_.Everything().empty());
  EXPECT_EQ(Delete("a"), "ResourceNotFound: No thing a.");
}

TEST_F(Verbs, DeleteOfWhatGoesLaterIsCountedUntilItIsGone) {
  world_.CreateBox("big");
  world_.Create({{"ThingName", "a"}, {"BoxName", "big"}});
  world_.SetState("a", "Working");
  EXPECT_EQ(Delete("a"), "");
  EXPECT_EQ(SpecOf("a").at("Going"), true);
  EXPECT_EQ(ChildrenOfBox("big"), 1);
}

TEST_F(Verbs, DeletePartsTakesAllOfThemAndNoOthers) {
  for (int i = 0; i < 250; ++i) world_.Create({{"ThingName", "a/" + std::to_string(i)}});
  for (const char* other : {"a", "a-1", "b/1"}) world_.Create({{"ThingName", other}});
  const wire::Call call = ThingWorld::CallOf("DeleteExperiment", {});
  store::Resource whole;
  whole.key = world_.Get(ThingNoun(), "a").key;
  Alongside also;
  Edit edit{world_.context(), call, whole, also};
  DeleteParts(edit, ThingNoun());
  ASSERT_EQ(world_.store().Commit(also.writes()), std::nullopt);
  EXPECT_EQ(world_.Everything().size(), 3U);
  EXPECT_TRUE(world_.Has(ThingNoun(), "a-1"));
}

TEST_F(Verbs, AreAllowedOnWhatTheyTouchAndGiveAway) {
  world_.CreateBox("big", {{"Tags", JsonArray{{{"Key", "k"}, {"Value", "spare"}}}}});
  const auto accesses = world_.AccessesOf("CreateTrial", {{"ThingName", "A"},
                                                          {"SpareBoxName", "big"},
                                                          {"RoleArn", "arn:r"},
                                                          {"Tags", JsonArray{{{"Key", "k"}, {"Value", "mine"}}}}});
  ASSERT_EQ(accesses.size(), 4U);
  EXPECT_EQ(accesses[0].action + " " + accesses[0].resource, std::string("sagemaker:CreateTrial ") + kArn);
  EXPECT_FALSE(accesses[0].context.contains("aws:ResourceTag/k"));
  EXPECT_EQ(accesses[1].action + " " + accesses[1].resource,
            "sagemaker:CreateTrial arn:aws:sagemaker:us-east-1:123456789012:box/big");
  EXPECT_EQ(accesses[1].context.at("aws:ResourceTag/k"), "spare");
  EXPECT_EQ(accesses[2].action + " " + accesses[2].resource, std::string("sagemaker:AddTags ") + kArn);
  EXPECT_EQ(accesses[2].context.at("sagemaker:TaggingAction"), "CreateTrial");
  EXPECT_EQ(accesses[3].action + " " + accesses[3].resource, "iam:PassRole arn:r");
  EXPECT_EQ(accesses[3].context.at("iam:AssociatedResourceArn"), kArn);
}

TEST_F(Verbs, AreAllowedOnAnyNameThatTheServerMayMake) {
  const auto accesses = world_.AccessesOf("CreateTrialComponent", {{"BoxName", "big"}});
  ASSERT_EQ(accesses.size(), 1U);
  EXPECT_EQ(accesses[0].resource, "arn:aws:sagemaker:us-east-1:123456789012:part/*");
}

TEST_F(Verbs, AreAllowedByTheTagsOfTheResourceAsItIs) {
  world_.Create({{"ThingName", "a"}, {"Tags", JsonArray{{{"Key", "k"}, {"Value", "v"}}}}});
  const auto accesses = world_.AccessesOf("DeleteTrial", {{"ThingName", "a"}});
  ASSERT_EQ(accesses.size(), 1U);
  EXPECT_EQ(accesses[0].context.at("aws:ResourceTag/k"), "v");
}

}  // namespace
}  // namespace sagebrush::sagemaker
