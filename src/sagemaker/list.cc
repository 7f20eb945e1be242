#include "sagemaker/list.h"

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "base/text.h"
#include "sagemaker/noun_survey.h"
#include "sagemaker/request_keys.h"
#include "sagemaker/verbs.h"
#include "sagemaker/words.h"
#include "wire/model.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::int64_t kPageSizeDefault = 10;

// The two spellings of the members that bound a list by time, and what they bound.
struct TimeBound {
  std::string_view member;
  std::optional<Time> store::ListQuery::* bound;
};
constexpr TimeBound kTimeBounds[] = {
    {"CreationTimeAfter", &store::ListQuery::created_after},
    {"CreatedAfter", &store::ListQuery::created_after},
    {"CreationTimeBefore", &store::ListQuery::created_before},
    {"CreatedBefore", &store::ListQuery::created_before},
    {"LastModifiedTimeAfter", &store::ListQuery::modified_after},
    {"ModifiedTimeAfter", &store::ListQuery::modified_after},
    {"LastModifiedTimeBefore", &store::ListQuery::modified_before},
    {"ModifiedTimeBefore", &store::ListQuery::modified_before},
};

std::string Upper(std::string_view text) {
  std::string upper;
  for (const char c : text) {
    if (c != '_') upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return upper;
}

// What a filter compares with; empty: it was not given.
std::string ValueOf(const Context& context, const Filter& filter, const wire::Call& call) {
  if (filter.value) return filter.value(call.input);
  const std::vector<std::string> given = ValuesAt(call.input, filter.member);
  std::string value = given.empty() ? "" : given.front();
  if (value.empty() || filter.names == nullptr) return value;
  const Noun& named = filter.names();
  return NameOf(named, *Require(context, named, KeyNamed(named, call, value)));
}

using Condition = std::function<bool(const store::Outline&)>;

Condition ConditionOf(const Filter& filter, std::string value) {
  using How = Filter::How;
  if (filter.how == How::kNever) return [](const store::Outline&) { return false; };
  if (filter.how == How::kState) {
    return [value = std::move(value)](const store::Outline& outline) { return outline.state == value; };
  }
  const auto has = [word = filter.word.empty() ? filter.member : filter.word](const store::Outline& outline,
                                                                              const auto& test) {
    return std::ranges::any_of(outline.attributes,
                               [&](const auto& attribute) { return attribute.name == word && test(attribute.value); });
  };
  if (filter.how == How::kEquals) {
    return [has, value = std::move(value)](const store::Outline& outline) {
      return has(outline, [&](const std::string& text) { return text == value; });
    };
  }
  if (filter.how == How::kPrefix) {
    return [has, value = std::move(value)](const store::Outline& outline) {
      return has(outline, [&](const std::string& text) { return text.starts_with(value); });
    };
  }
  if (filter.how == How::kFrom || filter.how == How::kBefore) {
    return [has, bound = std::stod(value), from = filter.how == How::kFrom](const store::Outline& outline) {
      return has(outline, [&](const std::string& text) { return (std::stod(text) >= bound) == from; });
    };
  }
  return [has, value = Lower(value)](const store::Outline& outline) {
    return has(outline, [&](const std::string& text) { return Lower(text).find(value) != std::string::npos; });
  };
}

// Of kHeldBy. `value` names the holder.
Condition HeldBy(const Context& context, const Filter& filter, const wire::Call& call, const std::string& value) {
  const auto holder = Require(context, filter.names(), KeyNamed(filter.names(), call, value));
  std::set<std::string, std::less<>> held;
  for (const std::string& name : TextsAt(*holder, filter.word)) held.insert(Lower(name));
  return [held = std::move(held)](const store::Outline& outline) { return held.contains(outline.name); };
}

void AddFilters(const Context& context, const Noun& noun, const wire::Call& call, store::ListQuery& query) {
  std::vector<Condition> conditions;
  JsonArray asked;
  for (const Filter& filter : noun.filters) {
    const std::string value = ValueOf(context, filter, call);
    if (value.empty()) continue;
    asked.push_back(JsonArray{filter.member, value});
    const bool held = filter.how == Filter::How::kHeldBy;
    conditions.push_back(held ? HeldBy(context, filter, call, value) : ConditionOf(filter, value));
  }
  if (conditions.empty()) return;
  query.where = [conditions = std::move(conditions)](const store::Outline& outline) {
    return std::ranges::all_of(conditions, [&](const Condition& holds) { return holds(outline); });
  };
  query.where_text = ToText(asked);
}

Json List(const Context& context, const Noun& noun, const wire::Call& call) {
  const store::Page page = context.store.List(ListQueryOf(context, noun, call));
  JsonArray summaries;
  for (const auto& resource : page.resources) {
    JsonObject summary = Describe(noun, *resource, call.output_memory);
    if (noun.describe_operation.empty() && noun.look_up) noun.look_up(context, *resource, summary);
    if (noun.summarize) noun.summarize(*resource, summary);
    summaries.emplace_back(std::move(summary));
  }
  JsonObject output{{noun.list_member, std::move(summaries)}};
  if (!page.next_token.empty()) output["NextToken"] = page.next_token;
  return output;
}

wire::AccessRule MayList(const std::string& operation) {
  return [action = "sagemaker:" + operation](const wire::Call&) {
    return std::vector<wire::Access>{{action, "*", {}, nullptr}};
  };
}

}  // namespace

std::optional<Order> OrderNamed(const Noun& noun, const std::string& sort_by) {
  using SortBy = store::ListQuery::SortBy;
  for (const auto& [name, word] : noun.orders) {
    if (name == sort_by) return Order{SortBy::kAttribute, word};
  }
  const std::string spelt = Upper(sort_by);
  if (spelt == "NAME" || spelt == Upper(noun.name) + "NAME") return Order{SortBy::kName};
  if (spelt == "CREATIONTIME" || spelt == "CREATEDATE") return Order{SortBy::kCreated};
  if (spelt == "LASTMODIFIEDTIME") return Order{SortBy::kModified};
  if (spelt == "STATUS" || spelt == Upper(noun.name) + "STATUS") return Order{SortBy::kState};
  return std::nullopt;
}

bool KnowsInList(const Noun& noun, std::string_view member) {
  constexpr std::string_view kOthers[] = {"NextToken", "MaxResults", "SortBy", "SortOrder", "NameContains"};
  return std::ranges::find(kOthers, member) != std::end(kOthers) ||
         (member == "StatusEquals" && !noun.state_member.empty()) ||
         std::ranges::find(kTimeBounds, member, &TimeBound::member) != std::end(kTimeBounds) ||
         std::ranges::find(noun.filters, member, &Filter::member) != noun.filters.end();
}

store::ListQuery ListQueryOf(const Context& context, const Noun& noun, const wire::Call& call) {
  store::ListQuery query{.kind = noun.kind, .account = call.account(), .region = call.region};
  query.name_contains = GetString(call.input, "NameContains");
  if (const std::string state = GetString(call.input, "StatusEquals"); !state.empty()) query.states = {state};
  for (const auto& [member, bound] : kTimeBounds) {
    if (Find(call.input, member) != nullptr) query.*bound = Time::FromEpochSeconds(GetDouble(call.input, member));
  }
  AddFilters(context, noun, call, query);
  const auto order = OrderNamed(noun, GetString(call.input, "SortBy", noun.list_order));
  query.sort_by = order ? order->by : store::ListQuery::SortBy::kCreated;
  if (order) query.sort_attribute = order->word;
  const std::string direction = Upper(GetString(call.input, "SortOrder"));
  query.descending = direction.empty() ? noun.list_descending : direction == "DESCENDING";
  query.limit = static_cast<int>(GetInt(call.input, "MaxResults", kPageSizeDefault));
  query.page_token = GetString(call.input, "NextToken");
  return query;
}

void AddList(wire::OperationTable& table, const Context& context, const Noun& noun) {
  // One that must say whose parts it lists is an operation on that.
  const wire::Shape input = wire::FindService("sagemaker")->FindOperation(noun.list_operation)->input();
  const bool on_parent =
      noun.parent != nullptr && input.FindMember(noun.parent_member) && input.FindMember(noun.parent_member).required();
  table.Add("sagemaker", noun.list_operation,
            {[&](wire::Call& call) { return List(context, noun, call); },
             on_parent ? OneResource(context, noun.parent(), noun.list_operation) : MayList(noun.list_operation)});
}

void AddEmptyList(wire::OperationTable& table, const std::string& noun) {
  const wire::Operation& list = *ListOfAll(noun);
  const auto none = [member = ListMemberOf(list)](const wire::Call& call) -> Json {
    if (!GetString(call.input, "NextToken").empty()) throw Error(kValidation, "Invalid NextToken.");
    return {{member, JsonArray()}};
  };
  table.Add("sagemaker", std::string(list.name), {none, MayList(std::string(list.name)), wire::RunsOn::kIoThread});
}

}  // namespace sagebrush::sagemaker
