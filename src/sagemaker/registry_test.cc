// Conformance: every noun of the registry against the service model.
#include "sagemaker/registry.h"

#include <gtest/gtest.h>

#include <set>

#include "wire/model.h"

namespace sagebrush::sagemaker {
namespace {

class NounConformance : public testing::TestWithParam<const Noun*> {
 protected:
  static bool HasMember(wire::Shape shape, std::string_view name) { return static_cast<bool>(shape.FindMember(name)); }
  const Noun& noun = *GetParam();
  const wire::Service& service = *wire::FindService("sagemaker");
};

TEST_P(NounConformance, VerbsAreOperationsOfTheModel) {
  for (const std::string& verb : {"Create", "Describe", "Delete"}) {
    const auto* operation = service.FindOperation(verb + noun.name);
    ASSERT_NE(operation, nullptr) << verb << noun.name;
    EXPECT_TRUE(HasMember(operation->input(), noun.name_member)) << verb;
  }
  ASSERT_NE(service.FindOperation(noun.list_operation), nullptr);
}

TEST_P(NounConformance, MembersAreThoseOfTheModel) {
  const auto description = service.FindOperation("Describe" + noun.name)->output();
  EXPECT_TRUE(HasMember(description, noun.arn_member));
  EXPECT_TRUE(noun.state_member.empty() || HasMember(description, noun.state_member));
  EXPECT_TRUE(HasMember(service.FindOperation(noun.list_operation)->output(), noun.list_member));
  const auto creation = service.FindOperation("Create" + noun.name)->input();
  EXPECT_TRUE(noun.role_member.empty() || HasMember(creation, noun.role_member));
}

TEST_P(NounConformance, RefusedMembersExistAndSayWhy) {
  for (const auto& [path, reason] : noun.refused) {
    const std::string first = path.substr(0, path.find('.'));
    EXPECT_TRUE(HasMember(service.FindOperation("Create" + noun.name)->input(), first)) << path;
    EXPECT_GT(reason.size(), 10u) << path;
  }
}

TEST_P(NounConformance, UnmatchedFiltersExist) {
  for (const std::string& filter : noun.list_filters_unmatched) {
    EXPECT_TRUE(HasMember(service.FindOperation(noun.list_operation)->input(), filter)) << filter;
  }
}

// A filter that List does not know would be ignored in silence.
TEST_P(NounConformance, EveryMemberOfListHasItsEffect) {
  std::set<std::string, std::less<>> known(noun.list_filters_unmatched.begin(), noun.list_filters_unmatched.end());
  known.insert({"NextToken", "MaxResults", "SortBy", "SortOrder", "NameContains", "CreationTimeAfter",
                "CreationTimeBefore", "LastModifiedTimeAfter", "LastModifiedTimeBefore"});
  if (!noun.state_member.empty()) known.insert("StatusEquals");
  const auto input = service.FindOperation(noun.list_operation)->input();
  for (std::size_t i = 0; i < input.member_count(); ++i) {
    EXPECT_TRUE(known.contains(input.member(i).name())) << input.member(i).name();
  }
  const wire::Shape orders = input.FindMember("SortBy").shape();
  for (std::size_t i = 0; i < orders.enum_count(); ++i) {
    EXPECT_TRUE((std::set<std::string_view>{"Name", "CreationTime", "LastModifiedTime", "Status"}.contains(
        orders.enum_value(i))));
  }
}

INSTANTIATE_TEST_SUITE_P(Registry, NounConformance, testing::ValuesIn(Nouns()),
                         [](const auto& info) { return info.param->name; });

}  // namespace
}  // namespace sagebrush::sagemaker
