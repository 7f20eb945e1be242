// Verbs between which others come first: each does what it would have done after them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sagemaker/tags.h"
#include "sagemaker/thing_world.h"

namespace sagebrush::sagemaker {
namespace {

struct Act {
  std::string name;
  std::function<ThingWorld::Outcome(ThingWorld&)> perform;
};

Act Operation(const std::string& operation, const JsonObject& input) {
  return {operation + ToText(input), [=](ThingWorld& world) { return world.Do(operation, input); }};
}

Act Tag(const Noun& noun, const std::string& name, const char* key) {
  return {"Tag " + name + " " + key, [=, &noun](ThingWorld& world) {
            return ThingWorld::OutcomeOf([&] {
              const JsonArray tags{{{"Key", key}, {"Value", "v"}}};
              return ChangeTags(world.context(), noun, KeyOf(noun, "123456789012", "us-east-1", name), tags, {});
            });
          }};
}

std::vector<Act> Acts() {
  return {Operation("CreateTrial", {{"ThingName", "new"}, {"BoxName", "big"}}),
          Operation("CreateTrial", {{"ThingName", "new"}, {"Colour", "red"}}),
          Operation("CreateTrial", {{"ThingName", "a"}, {"BoxName", "big"}}),
          Operation("CreateTrialComponent", {{"BoxName", "big"}}),
          Operation("CreateTrialComponent", {{"BoxName", "big"}, {"ClientToken", "t"}}),
          Operation("CreateExperiment", {{"BoxName", "big"}}),
          Operation("UpdateTrial", {{"ThingName", "a"}, {"Colour", "red"}}),
          Operation("UpdateTrial", {{"ThingName", "a"}, {"Labels", {{"x", 1}}}}),
          Operation("UpdateTrial", {{"ThingName", "a"}, {"NamesToAdd", {"ann"}}}),
          Operation("StopThing", {{"ThingName", "a"}}),
          Operation("StartThing", {{"ThingName", "a"}}),
          Operation("DeleteTrial", {{"ThingName", "a"}}),
          Operation("DeleteExperiment", {{"BoxName", "big"}}),
          Tag(ThingNoun(), "a", "k"),
          Tag(ThingNoun(), "a", "l"),
          Tag(BoxNoun(), "big", "k")};
}

// With a thing in it: nobody may delete the box before that.
void Furnish(ThingWorld& world) {
  world.CreateBox("big");
  world.Create({{"ThingName", "a"}, {"BoxName", "big"}});
}

// `last` begins first, and the others write before each of its commits.
void ExpectAsIfOneAfterTheOther(const Act& first, const Act& second, const Act& last) {
  ThingWorld raced, ordered;
  Furnish(raced);
  Furnish(ordered);
  raced.LetComeFirst({[&] { first.perform(raced); }, [&] { second.perform(raced); }});
  const auto outcome = last.perform(raced);
  if (raced.came_first() >= 1) first.perform(ordered);
  if (raced.came_first() >= 2) second.perform(ordered);
  const std::string sequence = first.name + ", " + second.name + ", " + last.name;
  const auto expected = last.perform(ordered);
  EXPECT_EQ(outcome.answer, expected.answer) << sequence;
  EXPECT_EQ(outcome.error, expected.error) << sequence;
  EXPECT_EQ(raced.Everything(), ordered.Everything()) << sequence;
}

TEST(VerbRaces, AreAsIfOneVerbCameAfterTheOther) {
  const std::vector<Act> acts = Acts();
  for (const Act& first : acts) {
    for (const Act& second : acts) {
      for (const Act& last : acts) ExpectAsIfOneAfterTheOther(first, second, last);
      if (testing::Test::HasFailure()) return;
    }
  }
}

// What the comparison above would not see: that anybody ever comes second.
TEST(VerbRaces, BeginAnewAsOftenAsAnotherComesFirst) {
  ThingWorld world;
  Furnish(world);
  int label = 0;
  const auto rival = [&] {
    world.Do("UpdateTrial", {{"ThingName", "a"}, {"Labels", {{"l" + std::to_string(++label), 1}}}});
  };
  world.LetComeFirst(std::vector<std::function<void()>>(20, rival));
  EXPECT_EQ(world.Do("UpdateTrial", {{"ThingName", "a"}, {"Labels", {{"mine", 1}}}}).error, "");
  EXPECT_EQ(world.came_first(), 20U);
  EXPECT_EQ(world.Get(ThingNoun(), "a").spec.at("Labels").as_object().size(), 21U);
}

TEST(VerbRaces, MadeNamesAreTakenOnceEach) {
  ThingWorld world;
  world.CreateBox("big");
  const auto make = [&] { return world.Do("CreateTrialComponent", {{"BoxName", "big"}}); };
  world.LetComeFirst({make, make});
  EXPECT_EQ(make().answer, (Json{{"PartArn", "arn:aws:sagemaker:us-east-1:123456789012:part/big/3"}}));
  for (const char* name : {"big/1", "big/2", "big/3"}) EXPECT_TRUE(world.Has(PartNoun(), name)) << name;
  EXPECT_EQ(ChildrenOf(world.Get(BoxNoun(), "big")), 3);
}

TEST(VerbRaces, ARepeatedRequestMakesOneOfBoth) {
  ThingWorld world;
  world.CreateBox("big");
  const auto make = [&] { return world.Do("CreateTrialComponent", {{"BoxName", "big"}, {"ClientToken", "t"}}); };
  world.LetComeFirst({make});
  EXPECT_EQ(make().answer, (Json{{"PartArn", "arn:aws:sagemaker:us-east-1:123456789012:part/big/1"}}));
  EXPECT_EQ(ChildrenOf(world.Get(BoxNoun(), "big")), 1);
}

// A write that fails has done nothing, and neither has the verb.
TEST(VerbRaces, AVerbWhoseWriteFailsLeavesNothing) {
  for (const Act& act : Acts()) {
    ThingWorld world;
    Furnish(world);
    const auto before = world.Everything();
    world.store().BeforeWrite([] { throw Error(kServiceUnavailable, "The disk is full."); });
    EXPECT_NE(act.perform(world).error, "") << act.name;
    EXPECT_EQ(world.Everything(), before) << act.name;
  }
}

}  // namespace
}  // namespace sagebrush::sagemaker
