// Conformance: every noun of the registry against the service model.
#include "sagemaker/registry.h"

#include <gtest/gtest.h>

#include "sagemaker/input_members.h"
#include "sagemaker/list.h"
#include "wire/model.h"

namespace sagebrush::sagemaker {
namespace {

class NounConformance : public testing::TestWithParam<const Noun*> {
 protected:
  static bool HasMember(wire::Shape shape, std::string_view name) { return static_cast<bool>(shape.FindMember(name)); }
  std::vector<std::string> Operations() const {
    std::vector<std::string> names;
    for (const auto* name : {&noun.create_operation, &noun.describe_operation, &noun.list_operation,
                             &noun.update_operation, &noun.delete_operation}) {
      if (!name->empty()) names.push_back(*name);
    }
    if (noun.stop) names.push_back("Stop" + noun.name);
    if (noun.start) names.push_back("Start" + noun.name);
    return names;
  }
  const Noun& noun = *GetParam();
  const wire::Service& service = *wire::FindService("sagemaker");
};

TEST_P(NounConformance, VerbsAreOperationsOfTheModel) {
  for (const std::string& name : Operations()) {
    const auto* operation = service.FindOperation(name);
    ASSERT_NE(operation, nullptr) << name;
    if (name == noun.list_operation || name == noun.create_operation) continue;
    const auto has = [&](const std::string& member) { return HasMember(operation->input(), member); };
    // With find_name they may be several ways to say the same.
    EXPECT_TRUE(noun.find_name ? std::ranges::any_of(noun.key_members, has)
                               : std::ranges::all_of(noun.key_members, has))
        << name;
  }
}

// What it joins must be told by every verb, for it has no name of its own.
TEST_P(NounConformance, HasAnArnOrJoinsOthers) {
  if (!noun.arn_member.empty()) return;
  for (const std::string& name : Operations()) {
    if (name == noun.list_operation) continue;
    for (const std::string& member : noun.key_members) {
      EXPECT_TRUE(member.ends_with("Arn") && HasMember(service.FindOperation(name)->input(), member)) << name;
    }
  }
}

TEST_P(NounConformance, MembersAreThoseOfTheModel) {
  if (!noun.describe_operation.empty()) {
    const auto description = service.FindOperation(noun.describe_operation)->output();
    EXPECT_TRUE(HasMember(description, noun.arn_member));
    EXPECT_TRUE(noun.state_member.empty() || HasMember(description, noun.state_member));
  }
  if (noun.create_operation.empty()) return;
  const auto creation = service.FindOperation(noun.create_operation)->input();
  for (const auto* members : {&noun.stored, &noun.read}) {
    for (const std::string& member : *members) EXPECT_TRUE(HasMember(creation, member)) << member;
  }
  for (const std::string& member : {noun.role_member, noun.token_member, noun.parent_member}) {
    EXPECT_TRUE(member.empty() || HasMember(creation, member)) << member;
  }
}

// A member that no table knows is refused, with no reason that would tell what to do.
TEST_P(NounConformance, EveryMemberOfCreateIsInATable) {
  if (noun.create_operation.empty()) return;
  const auto input = service.FindOperation(noun.create_operation)->input();
  for (std::size_t i = 0; i < input.member_count(); ++i) {
    EXPECT_TRUE(KnowsInCreate(noun, input.member(i).name())) << input.member(i).name();
  }
}

TEST_P(NounConformance, EveryMemberOfUpdateIsInATable) {
  if (noun.update_operation.empty()) return;
  const auto input = service.FindOperation(noun.update_operation)->input();
  for (std::size_t i = 0; i < input.member_count(); ++i) {
    EXPECT_TRUE(KnowsInUpdate(noun, input.member(i).name())) << input.member(i).name();
  }
  for (const MemberUpdate& update : noun.updates) EXPECT_TRUE(HasMember(input, update.member)) << update.member;
}

TEST_P(NounConformance, RefusedMembersExistAndSayWhy) {
  for (const auto& [path, reason] : noun.refused) {
    const std::string first = path.substr(0, path.find('.'));
    EXPECT_TRUE(HasMember(service.FindOperation(noun.create_operation)->input(), first)) << path;
    EXPECT_GT(reason.size(), 10u) << path;
  }
}

// A member that nobody looks at would be ignored in silence.
TEST_P(NounConformance, EveryMemberOfDescribeHasItsEffect) {
  if (noun.describe_operation.empty() || noun.find_name || noun.describe_for) return;
  const auto input = service.FindOperation(noun.describe_operation)->input();
  for (std::size_t i = 0; i < input.member_count(); ++i) {
    EXPECT_NE(std::ranges::find(noun.key_members, input.member(i).name()), noun.key_members.end())
        << input.member(i).name();
  }
}

// A filter or an order that List does not know would be ignored in silence.
TEST_P(NounConformance, EveryMemberOfListHasItsEffect) {
  if (noun.list_operation.empty()) return;
  const auto* list = service.FindOperation(noun.list_operation);
  EXPECT_TRUE(HasMember(list->output(), noun.list_member)) << noun.list_member;
  for (std::size_t i = 0; i < list->input().member_count(); ++i) {
    EXPECT_TRUE(KnowsInList(noun, list->input().member(i).name())) << list->input().member(i).name();
  }
  for (const Filter& filter : noun.filters) EXPECT_TRUE(HasMember(list->input(), filter.member)) << filter.member;
  EXPECT_TRUE(OrderNamed(noun, noun.list_order)) << noun.list_order;
  const wire::Member order = list->input().FindMember("SortBy");
  if (!order) return;
  for (std::size_t i = 0; i < order.shape().enum_count(); ++i) {
    EXPECT_TRUE(OrderNamed(noun, std::string(order.shape().enum_value(i)))) << order.shape().enum_value(i);
  }
}

TEST_P(NounConformance, FiltersAndOrdersLookAtWordsThatItHas) {
  const auto has = [&](const std::string& word) {
    return std::ranges::find(noun.words, word, &IndexedWord::name) != noun.words.end();
  };
  for (const Filter& filter : noun.filters) {
    if (filter.how == Filter::How::kNever || filter.how == Filter::How::kState) continue;
    if (filter.how == Filter::How::kHeldBy) {
      EXPECT_TRUE(filter.names != nullptr && filter.word.starts_with("spec.")) << filter.member;
      continue;
    }
    EXPECT_TRUE(has(filter.word.empty() ? filter.member : filter.word)) << filter.member;
  }
  for (const auto& [order, word] : noun.orders) EXPECT_TRUE(has(word)) << order;
  for (const auto& [name, path] : noun.words) {
    EXPECT_TRUE(path.starts_with("spec.") || path.starts_with("status.")) << path;
  }
}

TEST_P(NounConformance, IsSearchedAsTheModelSays) {
  if (noun.search_resource.empty()) return;
  const auto* search = service.FindOperation("Search");
  const wire::Shape resources = search->input().FindMember("Resource").shape();
  bool found = false;
  for (std::size_t i = 0; i < resources.enum_count(); ++i) {
    found = found || resources.enum_value(i) == noun.search_resource;
  }
  EXPECT_TRUE(found) << noun.search_resource;
  EXPECT_TRUE(HasMember(search->output().FindMember("Results").shape().element().shape(), noun.search_member));
}

INSTANTIATE_TEST_SUITE_P(Registry, NounConformance, testing::ValuesIn(Nouns()),
                         [](const auto& info) { return info.param->name; });

}  // namespace
}  // namespace sagebrush::sagemaker
