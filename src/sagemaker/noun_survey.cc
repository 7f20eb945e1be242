#include "sagemaker/noun_survey.h"

#include <algorithm>

#include "sagemaker/list.h"
#include "sagemaker/naming.h"

namespace sagebrush::sagemaker {
namespace {

const wire::Service& Model() { return *wire::FindService("sagemaker"); }

const wire::Operation* Verb(const char* verb, const std::string& noun) { return Model().FindOperation(verb + noun); }

// The members of `input` that must be there.
std::vector<std::string> Required(const wire::Operation* operation) {
  std::vector<std::string> names;
  if (operation == nullptr || !operation->input()) return names;
  for (std::size_t i = 0; i < operation->input().member_count(); ++i) {
    const wire::Member member = operation->input().member(i);
    if (member.required()) names.emplace_back(member.name());
  }
  return names;
}

std::string FilterThatExpresses(const std::string& name, wire::ShapeType type) {
  if (type == wire::ShapeType::kTimestamp) return name.ends_with("Before") ? "kBefore" : "kFrom";
  if (type == wire::ShapeType::kList) return "value";  // A row for each name that the pairs may have.
  if (type != wire::ShapeType::kString && type != wire::ShapeType::kInteger) return "";
  if (name.ends_with("Contains")) return "kContains";
  return name.ends_with("Prefix") ? "kPrefix" : "kEquals";
}

void SurveyList(const std::string& noun, NounSurvey& survey) {
  const wire::Operation* list = Model().FindOperation("List" + PluralOf(noun));
  if (list == nullptr) return;
  survey.verbs.emplace_back("List");
  Noun bare(noun);
  bare.state_member = survey.state_member.empty() ? "Status" : survey.state_member;
  for (std::size_t i = 0; i < list->input().member_count(); ++i) {
    const wire::Member member = list->input().member(i);
    const std::string name(member.name());
    if (!KnowsInList(bare, name)) survey.filters.emplace_back(name, FilterThatExpresses(name, member.shape().type()));
  }
  const wire::Member order = list->input().FindMember("SortBy");
  for (std::size_t i = 0; order && i < order.shape().enum_count(); ++i) {
    const std::string name(order.shape().enum_value(i));
    if (!OrderNamed(bare, name)) survey.orders.emplace_back(name, "a word");
  }
}

NounSurvey Survey(const std::string& noun, const wire::Operation& create) {
  NounSurvey survey;
  survey.name = noun;
  survey.verbs = {"Create"};
  for (const char* verb : {"Describe", "Update", "Delete", "Stop", "Start"}) {
    if (Verb(verb, noun) != nullptr) survey.verbs.emplace_back(verb);
  }
  const wire::Shape input = create.input();
  survey.input_members = input.member_count();
  survey.has_tags = static_cast<bool>(input.FindMember("Tags"));
  for (const char* role : {"RoleArn", "ExecutionRoleArn"}) {
    if (input.FindMember(role)) survey.role_member = role;
  }
  for (std::size_t i = 0; i < input.member_count(); ++i) {
    if (input.member(i).idempotency_token()) survey.token_member = input.member(i).name();
  }
  const wire::Operation* describe = Verb("Describe", noun);
  survey.key = Required(describe != nullptr ? describe : Verb("Delete", noun));
  survey.key_is_made = !std::ranges::all_of(
      survey.key, [&](const std::string& member) { return static_cast<bool>(input.FindMember(member)); });
  for (const std::string& member : {noun + "Status", std::string("Status")}) {
    const bool has = survey.state_member.empty() && describe != nullptr && describe->output().FindMember(member);
    if (has) survey.state_member = member;
  }
  SurveyList(noun, survey);
  return survey;
}

}  // namespace

std::vector<NounSurvey> SurveyNouns() {
  constexpr std::string_view kCreate = "Create";
  std::vector<NounSurvey> nouns;
  for (const wire::Operation& operation : Model().operations) {
    // A presigned URL is made and is no resource.
    if (!operation.name.starts_with(kCreate) || operation.name.find("Presigned") != std::string_view::npos) continue;
    nouns.push_back(Survey(std::string(operation.name.substr(kCreate.size())), operation));
  }
  return nouns;
}

const wire::Operation* ListOfAll(const std::string& noun) {
  const wire::Operation* list = Model().FindOperation("List" + PluralOf(noun));
  return list != nullptr && Required(list).empty() ? list : nullptr;
}

std::string ListMemberOf(const wire::Operation& list) {
  for (std::size_t i = 0; i < list.output().member_count(); ++i) {
    const wire::Member member = list.output().member(i);
    if (member.shape().type() == wire::ShapeType::kList) return std::string(member.name());
  }
  return "";
}

}  // namespace sagebrush::sagemaker
