// Every noun of the service model, built or not: the shape of a description must express what it asks for.
#include "sagemaker/noun_survey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sagemaker/naming.h"
#include "sagemaker/registry.h"

namespace sagebrush::sagemaker {
namespace {

const NounSurvey& Of(const std::string& noun) {
  static const std::vector<NounSurvey> nouns = SurveyNouns();
  const auto found = std::ranges::find(nouns, noun, &NounSurvey::name);
  if (found == nouns.end()) throw Error(kInternalFailure, "no noun " + noun);
  return *found;
}

// shared/reference/nouns.md, made from botocore 1.44.5 by another program, counts the same.
TEST(NounSurvey, FindsTheNounsOfTheModel) {
  const std::vector<NounSurvey> nouns = SurveyNouns();
  const auto count = [&](auto has) { return std::ranges::count_if(nouns, has); };
  const auto with = [&](const char* verb) {
    return count([&](const NounSurvey& noun) { return std::ranges::find(noun.verbs, verb) != noun.verbs.end(); });
  };
  EXPECT_EQ(nouns.size(), 69U);
  EXPECT_EQ(with("Update"), 38);
  EXPECT_EQ(with("Stop"), 19);
  EXPECT_EQ(with("List"), 66);
  EXPECT_EQ(count([](const NounSurvey& noun) { return !noun.token_member.empty(); }), 6);
}

TEST(NounSurvey, EveryFilterCanBeExpressed) {
  for (const NounSurvey& noun : SurveyNouns()) {
    for (const auto& [member, filter] : noun.filters) EXPECT_NE(filter, "") << noun.name << " " << member;
  }
}

TEST(NounSurvey, TellsTheKeysThatAreNoName) {
  EXPECT_THAT(Of("App").key, testing::ElementsAre("DomainId", "AppType", "AppName"));
  EXPECT_FALSE(Of("App").key_is_made);
  EXPECT_TRUE(Of("Artifact").key_is_made);
  EXPECT_TRUE(Of("Domain").key_is_made);
  EXPECT_THAT(Of("ImageVersion").orders, testing::ElementsAre(testing::Pair("VERSION", "a word")));
  EXPECT_THAT(Of("TrainingPlan").filters, testing::UnorderedElementsAre(testing::Pair("StartTimeAfter", "kFrom"),
                                                                        testing::Pair("StartTimeBefore", "kBefore"),
                                                                        testing::Pair("Filters", "value")));
}

// A built noun says what the model does.
TEST(NounSurvey, BuiltNounsAgreeWithIt) {
  for (const Noun* noun : Nouns()) {
    if (noun->create_operation != "Create" + noun->name) continue;
    const NounSurvey& survey = Of(noun->name);
    EXPECT_EQ(noun->token_member, survey.token_member) << noun->name;
    const auto has = [&](const char* verb) { return std::ranges::find(survey.verbs, verb) != survey.verbs.end(); };
    EXPECT_EQ(!noun->update_operation.empty(), has("Update")) << noun->name;
    EXPECT_EQ(static_cast<bool>(noun->stop), has("Stop")) << noun->name;
    EXPECT_EQ(static_cast<bool>(noun->start), has("Start")) << noun->name;
    EXPECT_EQ(!noun->delete_operation.empty(), has("Delete")) << noun->name;
  }
}

TEST(Naming, SpellsKindsAndPluralsAsTheModel) {
  EXPECT_EQ(KindOf("TrainingJob"), "training-job");
  EXPECT_EQ(KindOf("AutoMLJob"), "auto-ml-job");
  EXPECT_EQ(KindOf("AIBenchmarkJob"), "ai-benchmark-job");
  EXPECT_EQ(KindOf("NotebookInstanceLifecycleConfig"), "notebook-instance-lifecycle-config");
  EXPECT_EQ(PluralOf("CodeRepository"), "CodeRepositories");
  EXPECT_EQ(PluralOf("Image"), "Images");
}

TEST(ListOfAll, IsThatOfNounsWhoseListNeedsToBeToldNothing) {
  ASSERT_NE(ListOfAll("MonitoringSchedule"), nullptr);
  EXPECT_EQ(ListMemberOf(*ListOfAll("MonitoringSchedule")), "MonitoringScheduleSummaries");
  EXPECT_EQ(ListOfAll("ImageVersion"), nullptr);
  EXPECT_EQ(ListOfAll("EdgeDeploymentStage"), nullptr);
}

}  // namespace
}  // namespace sagebrush::sagemaker
