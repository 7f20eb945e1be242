#include <gtest/gtest.h>

#include "sagemaker/controller_world.h"
#include "sagemaker/governance/governance.h"

namespace sagebrush::sagemaker {
namespace {

class ModelCard : public testing::Test {
 protected:
  static std::string Content(int i) { return fmt::format(R"({{"model_overview":{{"model_name":"m{}"}}}})", i); }
  void Create() {
    world_.Call("CreateModelCard", {{"ModelCardName", "Card"}, {"Content", Content(1)}, {"ModelCardStatus", "Draft"}});
  }
  bool Update(const char* member, const std::string& value) {
    return world_.Accepts("UpdateModelCard", {{"ModelCardName", "Card"}, {member, value}});
  }
  Json Describe(JsonObject more = {}) {
    more["ModelCardName"] = "Card";
    return world_.Call("DescribeModelCard", more);
  }
  // "1 Draft, 2 Approved"
  std::string Versions(JsonObject more = {}) {
    more["ModelCardName"] = "Card";
    std::string versions;
    const Json page = world_.Call("ListModelCardVersions", more);
    for (const Json& version : page.at("ModelCardVersionSummaryList").as_array()) {
      versions += fmt::format("{}{} {}", versions.empty() ? "" : ", ", GetInt(version, "ModelCardVersion"),
                              GetString(version, "ModelCardStatus"));
    }
    return versions;
  }
  std::size_t StoredVersions() { return world_.context().store.All(ModelCardVersionNoun().kind).size(); }

  ControllerWorld world_;
};

TEST_F(ModelCard, EachContentIsAVersion) {
  Create();
  EXPECT_TRUE(Update("Content", Content(2)));
  EXPECT_TRUE(Update("Content", Content(2)));  // Says nothing new.
  EXPECT_EQ(Versions(), "1 Draft, 2 Draft");
  EXPECT_EQ(GetString(Describe(), "Content"), Content(2));
  EXPECT_EQ(GetInt(Describe(), "ModelCardVersion"), 2);
  EXPECT_EQ(GetString(Describe({{"ModelCardVersion", 1}}), "Content"), Content(1));
  EXPECT_THROW(Describe({{"ModelCardVersion", 3}}), Error);
  EXPECT_THROW(Describe({{"ModelCardVersion", 0}}), Error);
}

TEST_F(ModelCard, AStatusIsOfTheLatestVersion) {
  Create();
  EXPECT_TRUE(Update("Content", Content(2)));
  EXPECT_TRUE(Update("ModelCardStatus", "Approved"));
  EXPECT_EQ(Versions(), "1 Draft, 2 Approved");
  EXPECT_EQ(Versions({{"ModelCardStatus", "Draft"}}), "1 Draft");
  EXPECT_EQ(GetString(Describe({{"ModelCardVersion", 1}}), "ModelCardStatus"), "Draft");
  EXPECT_TRUE(Update("Content", Content(3)));
  EXPECT_EQ(GetString(Describe(), "ModelCardStatus"), "Approved");
}

TEST_F(ModelCard, AnArchivedOneKeepsItsContent) {
  Create();
  EXPECT_TRUE(Update("ModelCardStatus", "Archived"));
  EXPECT_FALSE(Update("Content", Content(2)));
  EXPECT_TRUE(Update("ModelCardStatus", "Draft"));
  EXPECT_TRUE(Update("Content", Content(2)));
}

TEST_F(ModelCard, VersionsAreInTheOrderOfTheirNumbers) {
  Create();
  for (int i = 2; i <= 11; ++i) EXPECT_TRUE(Update("Content", Content(i)));  // In one millisecond.
  EXPECT_TRUE(Versions({{"MaxResults", 100}}).ends_with(", 9 Draft, 10 Draft, 11 Draft"));
  EXPECT_EQ(Versions({{"SortOrder", "Descending"}, {"MaxResults", 2}}), "11 Draft, 10 Draft");
}

TEST_F(ModelCard, ItsVersionsGoWithIt) {
  Create();
  EXPECT_TRUE(Update("Content", Content(2)));
  world_.Call("CreateModelCard", {{"ModelCardName", "Card2"}, {"Content", "{}"}, {"ModelCardStatus", "Draft"}});
  world_.Call("DeleteModelCard", {{"ModelCardName", "Card"}});
  EXPECT_EQ(StoredVersions(), 1u);  // That of the other.
  EXPECT_THROW(Versions(), Error);
  Create();
  EXPECT_EQ(Versions(), "1 Draft");
}

TEST_F(ModelCard, HasAThousandVersionsAtMostAndAllGoWithIt) {
  Create();
  for (int i = 2; i <= 1000; ++i) ASSERT_TRUE(Update("Content", Content(i)));
  EXPECT_FALSE(Update("Content", Content(1001)));
  EXPECT_EQ(StoredVersions(), 1000u);
  world_.Call("DeleteModelCard", {{"ModelCardName", "Card"}});
  EXPECT_EQ(StoredVersions(), 0u);
}

TEST_F(ModelCard, AWriteThatFailsLeavesNoVersion) {
  Create();
  world_.FailWrites(1);
  EXPECT_FALSE(Update("Content", Content(2)));
  EXPECT_EQ(Versions(), "1 Draft");
  EXPECT_EQ(GetInt(Describe(), "ModelCardVersion"), 1);
  EXPECT_EQ(StoredVersions(), 1u);
}

TEST_F(ModelCard, ShowsSearchWhatItsContentSays) {
  world_.Call("CreateModelCard", {{"ModelCardName", "Card"},
                                  {"Content", R"({"model_overview": {"model_id": "m"},
                                                  "intended_uses": {"risk_rating": "High"}})"},
                                  {"ModelCardStatus", "Draft"}});
  EXPECT_EQ(GetString(world_.Get(ModelCardNoun(), "Card")->spec, "RiskRating"), "High");
  EXPECT_TRUE(Update("Content", "{}"));
  EXPECT_EQ(Find(world_.Get(ModelCardNoun(), "Card")->spec, "RiskRating"), nullptr);
}

}  // namespace
}  // namespace sagebrush::sagemaker
