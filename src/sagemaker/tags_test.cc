#include "sagemaker/tags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sagemaker/thing_world.h"

namespace sagebrush::sagemaker {
namespace {

using testing::HasSubstr;

constexpr const char* kPrefix = "arn:aws:sagemaker:us-east-1:123456789012:";

JsonObject TagOf(const std::string& key, const std::string& value = "v") { return {{"Key", key}, {"Value", value}}; }

JsonArray Numbered(int from, int count) {
  JsonArray tags;
  for (int i = from; i < from + count; ++i) tags.push_back(TagOf("k" + std::to_string(i)));
  return tags;
}

class Tags : public testing::Test {
 protected:
  Tags() { world_.Create({{"ThingName", "a"}, {"Tags", JsonArray{TagOf("k", "1"), TagOf("l", "2")}}}); }

  std::string ErrorOf(const std::function<void()>& act) {
    return ThingWorld::OutcomeOf([&]() -> Json {
             act();
             return nullptr;
           })
        .error;
  }
  static store::Key KeyOfOne(const Noun& noun, const std::string& name) {
    return KeyOf(noun, "123456789012", "us-east-1", name);
  }
  JsonArray Change(const JsonArray& added, const JsonArray& removed_keys = {}) {
    return ChangeTags(world_.context(), ThingNoun(), KeyOfOne(ThingNoun(), "a"), added, removed_keys);
  }
  JsonArray Stored() const { return TagsOf(world_.Get(ThingNoun(), "a")); }
  std::string Target(const std::string& arn) {
    const wire::Call call = ThingWorld::CallOf("AddTags", {});
    std::string named;
    const std::string error = ErrorOf([&] {
      const auto target = TargetOf({&BoxNoun(), &ThingNoun()}, call, arn);
      named = target.noun->name + " " + target.key.name;
    });
    return named + error;
  }

  ThingWorld world_;
};

TEST_F(Tags, AreCheckedForReservedAndRepeatedKeys) {
  const auto check = [&](const Json& tags) { return ErrorOf([&] { CheckTags(&tags); }); };
  EXPECT_EQ(check(JsonArray{TagOf("k"), TagOf("K"), TagOf("x-aws:")}), "");
  EXPECT_EQ(check(JsonArray{TagOf("aws:k")}),
            "ValidationException: Tag key aws:k starts with aws:, which is reserved; choose another key.");
  EXPECT_EQ(check(JsonArray{TagOf("k", "1"), TagOf("k", "2")}),
            "ValidationException: Tag key k is given twice; give each key once.");
  EXPECT_EQ(check(nullptr), "");
  EXPECT_EQ(ErrorOf([] { CheckTags(nullptr); }), "");
}

TEST_F(Tags, AreReplacedByKeyAndAddedAtTheEnd) {
  const JsonArray expected{TagOf("k", "new"), TagOf("l", "2"), TagOf("m", "3")};
  EXPECT_EQ(Change({TagOf("k", "new"), TagOf("m", "3")}), expected);
  EXPECT_EQ(Stored(), expected);
}

TEST_F(Tags, AreRemovedByKey) {
  EXPECT_EQ(Change({}, {"k", "none"}), (JsonArray{TagOf("l", "2")}));
  EXPECT_EQ(Change({}, {"l"}), JsonArray());
  EXPECT_EQ(Stored(), JsonArray());
}

TEST_F(Tags, ChangeWhenTheResourceWasChanged) {
  world_.clock().Advance(Milliseconds(7));
  Change({TagOf("m")});
  EXPECT_EQ(world_.Get(ThingNoun(), "a").modified, world_.clock().Now());
}

TEST_F(Tags, AreFiftyAtMost) {
  EXPECT_EQ(Change(Numbered(0, 48)).size(), 50U);
  const std::string too_many = "ResourceLimitExceeded: A resource has at most 50 tags.";
  EXPECT_EQ(ErrorOf([&] { Change({TagOf("more")}); }), too_many);
  EXPECT_EQ(Stored().size(), 50U);
  EXPECT_EQ(Change({TagOf("k", "replaced")}).size(), 50U);
  EXPECT_EQ(Change({TagOf("more")}, {"l"}).size(), 50U);
  EXPECT_EQ(ErrorOf([&] { Change(Numbered(100, 51), {}); }), too_many);
}

TEST_F(Tags, ThatAreRefusedChangeNothing) {
  const JsonArray before = Stored();
  EXPECT_THAT(ErrorOf([&] { Change({TagOf("m"), TagOf("aws:m")}); }), HasSubstr("reserved"));
  EXPECT_THAT(ErrorOf([&] { Change({TagOf("m"), TagOf("m")}, {"k"}); }), HasSubstr("twice"));
  EXPECT_EQ(Stored(), before);
}

TEST_F(Tags, NeedAResource) {
  const auto change = [&] { ChangeTags(world_.context(), ThingNoun(), KeyOfOne(ThingNoun(), "b"), {TagOf("k")}, {}); };
  EXPECT_EQ(ErrorOf(change), "ResourceNotFound: No thing b.");
}

TEST_F(Tags, ChangedBySeveralAtOnceAreAllThere) {
  world_.LetComeFirst({[&] { Change({TagOf("m")}); }, [&] { Change({}, {"k"}); }});
  EXPECT_EQ(Change({TagOf("n")}), (JsonArray{TagOf("l", "2"), TagOf("m"), TagOf("n")}));
  EXPECT_EQ(world_.came_first(), 2U);
}

TEST_F(Tags, OfAPartAreItsParents) {
  world_.CreateBox("big", {{"Tags", JsonArray{TagOf("of-box")}}});
  world_.Do("CreateTrialComponent", {{"BoxName", "big"}});
  const auto part = world_.store().Get(KeyOfOne(PartNoun(), "big/1"));
  ASSERT_NE(part, nullptr);
  EXPECT_EQ(TagsOf(*HolderOfTags(world_.context(), PartNoun(), part)), (JsonArray{TagOf("of-box")}));
  EXPECT_EQ(ErrorOf([&] { ChangeTags(world_.context(), PartNoun(), part->key, {TagOf("k")}, {}); }),
            std::string("ValidationException: ") + kPrefix + "part/big/1 has the tags of its Box: change those.");
  ASSERT_TRUE(world_.store().Delete(world_.Get(BoxNoun(), "big")));
  EXPECT_EQ(HolderOfTags(world_.context(), PartNoun(), part), nullptr);
}

// A thing has a parent too, but tags of its own.
TEST_F(Tags, OfOthersAreTheirOwn) {
  world_.CreateBox("big", {{"Tags", JsonArray{TagOf("of-box")}}});
  world_.Create({{"ThingName", "b"}, {"BoxName", "big"}, {"Tags", JsonArray{TagOf("own")}}});
  const auto thing = world_.store().Get(KeyOfOne(ThingNoun(), "b"));
  EXPECT_EQ(TagsOf(*HolderOfTags(world_.context(), ThingNoun(), thing)), (JsonArray{TagOf("own")}));
}

TEST_F(Tags, AreOfTheResourceThatTheArnNamesByteForByte) {
  EXPECT_EQ(Target(std::string(kPrefix) + "thing/a"), "Thing a");
  EXPECT_EQ(Target(std::string(kPrefix) + "box/x/1"), "Box x/1");
  const auto invalid = [](const std::string& arn) { return "ValidationException: Invalid ARN: " + arn + "."; };
  for (const std::string arn :
       {"arn:aws:sagemaker:us-east-1:123456789012:thing/A", "arn:aws-cn:sagemaker:us-east-1:123456789012:thing/a"}) {
    EXPECT_THAT(Target(arn), testing::StartsWith(invalid(arn))) << arn;
  }
  for (const char* resource : {"Thing/a", "thing", "spoon/a"}) {
    EXPECT_THAT(Target(std::string(kPrefix) + resource), HasSubstr("No such kind of resource: ")) << resource;
  }
  for (const std::string arn : {"", "thing/a", "arn:aws:s3:us-east-1:123456789012:thing/a"}) {
    EXPECT_EQ(Target(arn), invalid(arn));
  }
}

TEST_F(Tags, AreOfThisAccountAndRegion) {
  for (const std::string arn :
       {"arn:aws:sagemaker:us-east-1:999999999999:thing/a", "arn:aws:sagemaker:eu-west-1:123456789012:thing/a"}) {
    EXPECT_EQ(Target(arn),
              "ValidationException: ResourceArn " + arn + " is not of account 123456789012 in region us-east-1.");
  }
}

}  // namespace
}  // namespace sagebrush::sagemaker
