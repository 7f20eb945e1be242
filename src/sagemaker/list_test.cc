#include "sagemaker/list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sagemaker/thing_world.h"

namespace sagebrush::sagemaker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Four things, a minute after another, of which the second was changed last.
class Lists : public testing::Test {
 protected:
  Lists() {
    world_.CreateBox("Big", {{"Holds", {"Bob", "dan", "nobody"}}});
    Make({{"ThingName", "ann"}, {"Colour", "Red"}, {"Weight", 1}, {"BoxName", "big"}});
    Make({{"ThingName", "Bob"}, {"Colour", "dark red"}, {"Weight", 2}});
    Make({{"ThingName", "cat"}, {"Colour", "red"}, {"Weight", 10}});
    Make({{"ThingName", "dan"}, {"BoxName", "big"}});
    world_.SetState("cat", "Working");
    world_.Do("UpdateTrial", {{"ThingName", "bob"}, {"Labels", JsonObject()}});
  }

  // A name that differs in case only is shown as it was given.
  std::vector<std::string> Names(JsonObject input) { return NamesIn(world_.Do("ListTrials", std::move(input)).answer); }
  static std::vector<std::string> NamesIn(const Json& page) {
    std::vector<std::string> names;
    for (const Json& thing : page.at("Things").as_array()) names.push_back(GetString(thing, "ThingName"));
    return names;
  }
  std::string ErrorOf(JsonObject input) { return world_.Do("ListTrials", std::move(input)).error; }
  static double At(int minute) { return 1'700'000'000.0 + 60.0 * minute; }

  ThingWorld world_;

 private:
  void Make(JsonObject input) {
    world_.Create(std::move(input));
    world_.clock().Advance(std::chrono::minutes(1));
  }
};

TEST_F(Lists, FilterByEqualTexts) {
  EXPECT_THAT(Names({{"Colour", "red"}}), ElementsAre("cat"));
  EXPECT_THAT(Names({{"Colour", "green"}}), IsEmpty());
}

TEST_F(Lists, FilterByContainedTextsWhateverTheCase) {
  EXPECT_THAT(Names({{"ColourContains", "RED"}}), ElementsAre("ann", "Bob", "cat"));
  EXPECT_THAT(Names({{"ColourContains", "rk r"}}), ElementsAre("Bob"));
  EXPECT_THAT(Names({{"NameContains", "B"}}), ElementsAre("Bob"));
}

TEST_F(Lists, FilterByPrefix) {
  EXPECT_THAT(Names({{"ColourPrefix", "dark"}}), ElementsAre("Bob"));
  EXPECT_THAT(Names({{"ColourPrefix", "ark"}}), IsEmpty());
}

// As numbers: "10" is not before "2". What has none of the words is not in the list.
TEST_F(Lists, FilterByNumbersFromAndBefore) {
  EXPECT_THAT(Names({{"WeightFrom", 2}}), ElementsAre("Bob", "cat"));
  EXPECT_THAT(Names({{"WeightBefore", 2}}), ElementsAre("ann"));
  EXPECT_THAT(Names({{"WeightFrom", 2}, {"WeightBefore", 10}}), ElementsAre("Bob"));
}

TEST_F(Lists, FilterByState) {
  EXPECT_THAT(Names({{"State", "Working"}}), ElementsAre("cat"));
  EXPECT_THAT(Names({{"StatusEquals", "Idle"}}), ElementsAre("ann", "Bob", "dan"));
}

TEST_F(Lists, FilterByWhatAnotherHolds) {
  EXPECT_THAT(Names({{"HeldBy", "big"}}), ElementsAre("Bob", "dan"));
  EXPECT_EQ(ErrorOf({{"HeldBy", "none"}}), "ResourceNotFound: No box none.");
}

TEST_F(Lists, FilterByAnotherThatIsNamedOrGivenAsArn) {
  EXPECT_THAT(Names({{"InBox", "BIG"}}), ElementsAre("ann", "dan"));
  EXPECT_THAT(Names({{"InBox", "arn:aws:sagemaker:us-east-1:123456789012:box/big"}}), ElementsAre("ann", "dan"));
  EXPECT_EQ(ErrorOf({{"InBox", "none"}}), "ResourceNotFound: No box none.");
}

TEST_F(Lists, FilterByWhatNothingIs) { EXPECT_THAT(Names({{"Ghost", "x"}}), IsEmpty()); }

TEST_F(Lists, FilterByAValueOfTheWholeInput) {
  EXPECT_THAT(Names({{"Mood", "angry"}}), ElementsAre("cat"));
  EXPECT_THAT(Names({{"Mood", "calm"}}), ElementsAre("ann", "Bob", "cat", "dan"));
}

TEST_F(Lists, FilterByAllThatIsGiven) {
  EXPECT_THAT(Names({{"ColourContains", "red"}, {"StatusEquals", "Idle"}, {"InBox", "big"}}), ElementsAre("ann"));
}

TEST_F(Lists, FilterByTimesInBothSpellings) {
  for (const char* after : {"CreationTimeAfter", "CreatedAfter"}) {
    EXPECT_THAT(Names({{after, At(2)}}), ElementsAre("cat", "dan")) << after;
  }
  for (const char* before : {"CreationTimeBefore", "CreatedBefore"}) {
    EXPECT_THAT(Names({{before, At(2)}}), ElementsAre("ann", "Bob")) << before;
  }
  for (const char* after : {"LastModifiedTimeAfter", "ModifiedTimeAfter"}) {
    EXPECT_THAT(Names({{after, At(3)}}), ElementsAre("Bob", "dan")) << after;
  }
  for (const char* before : {"LastModifiedTimeBefore", "ModifiedTimeBefore"}) {
    EXPECT_THAT(Names({{before, At(3)}}), ElementsAre("ann", "cat")) << before;
  }
}

TEST_F(Lists, AreInTheOrderThatIsAskedFor) {
  for (const char* created : {"CreationTime", "CREATION_TIME", "CreateDate", "unknown"}) {
    EXPECT_THAT(Names({{"SortBy", created}, {"SortOrder", "Descending"}}), ElementsAre("dan", "cat", "Bob", "ann"))
        << created;
  }
  for (const char* name : {"Name", "NAME", "ThingName"}) {
    EXPECT_THAT(Names({{"SortBy", name}, {"SortOrder", "DESCENDING"}}), ElementsAre("dan", "cat", "Bob", "ann"))
        << name;
  }
  for (const char* modified : {"LastModifiedTime", "LAST_MODIFIED_TIME"}) {
    EXPECT_THAT(Names({{"SortBy", modified}, {"SortOrder", "Ascending"}}), ElementsAre("ann", "cat", "dan", "Bob"))
        << modified;
  }
  for (const char* state : {"Status", "ThingStatus"}) {
    EXPECT_THAT(Names({{"SortBy", state}}), ElementsAre("ann", "Bob", "dan", "cat")) << state;
  }
  EXPECT_THAT(Names({{"SortBy", "COLOUR"}}), ElementsAre("dan", "ann", "Bob", "cat"));
}

TEST_F(Lists, GoOnWhereThePageBeforeEnded) {
  for (const char* direction : {"Ascending", "Descending"}) {
    for (const char* order : {"Name", "CreationTime", "LastModifiedTime", "Status", "COLOUR"}) {
      const JsonObject all{{"SortBy", order}, {"SortOrder", direction}};
      std::vector<std::string> paged;
      JsonObject input = all;
      input["MaxResults"] = 1;
      for (std::string token = "first"; !token.empty();) {
        const Json page = world_.Do("ListTrials", input).answer;
        ASSERT_EQ(page.at("Things").as_array().size(), 1U) << order;
        paged.push_back(NamesIn(page).front());
        input["NextToken"] = token = GetString(page, "NextToken");
      }
      EXPECT_EQ(paged, Names(all)) << order << " " << direction;
    }
  }
}

TEST_F(Lists, HaveTenOnAPageUnlessMoreAreAskedFor) {
  for (int i = 0; i < 9; ++i) world_.Create({{"ThingName", "more-" + std::to_string(i)}});
  EXPECT_EQ(Names({}).size(), 10U);
  EXPECT_EQ(Names({{"MaxResults", 100}}).size(), 13U);
}

TEST_F(Lists, RefuseAPageOfAnotherList) {
  const Json page = world_.Do("ListTrials", {{"MaxResults", 1}, {"ColourContains", "red"}}).answer;
  const std::string token = GetString(page, "NextToken");
  ASSERT_FALSE(token.empty());
  EXPECT_EQ(ErrorOf({{"MaxResults", 1}, {"ColourContains", "red"}, {"NextToken", token}}), "");
  for (const char* colour : {"dark", ""}) {
    EXPECT_THAT(ErrorOf({{"MaxResults", 1}, {"ColourContains", colour}, {"NextToken", token}}),
                testing::StartsWith("ValidationException: "))
        << colour;
  }
  EXPECT_NE(ErrorOf({{"NextToken", "made up"}}), "");
}

TEST_F(Lists, ShowThoseOfTheCallersAccountAndRegion) {
  store::Resource other = world_.Get(ThingNoun(), "ann");
  other.key.region = "eu-west-1";
  ASSERT_TRUE(world_.store().Insert(other));
  other.key = {"thing", "999999999999", "us-east-1", "ann"};
  other.uid.clear();
  ASSERT_TRUE(world_.store().Insert(other));
  EXPECT_THAT(Names({}), ElementsAre("ann", "Bob", "cat", "dan"));
}

TEST_F(Lists, MayBeAskedForOnAll) {
  const auto accesses = world_.AccessesOf("ListTrials", {});
  ASSERT_EQ(accesses.size(), 1U);
  EXPECT_EQ(accesses[0].action + " " + accesses[0].resource, "sagemaker:ListTrials *");
}

}  // namespace
}  // namespace sagebrush::sagemaker
