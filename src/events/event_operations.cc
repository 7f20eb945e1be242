#include "events/event_operations.h"

#include <array>
#include <set>

#include "events/event_handlers.h"
#include "events/json_path.h"
#include "events/rule.h"

namespace sagebrush::events {
namespace {

using Function = Json (*)(const EventsContext&, wire::Call&);

// What an operation acts on, as a policy's Resource names it.
enum class ActsOn { kAll, kRule, kBus };

// The condition keys that say which events a new rule is for.
struct PatternKey {
  std::string_view key;
  const char* path;
};
constexpr std::array<PatternKey, 5> kPatternKeys{{
    {"events:source", "$.source"},
    {"events:detail-type", "$['detail-type']"},
    {"events:detail.service", "$.detail.service"},
    {"events:detail.eventTypeCode", "$.detail.eventTypeCode"},
    {"events:detail.userIdentity.principalId", "$.detail.userIdentity.principalId"},
}};

bool AreTexts(const Json* values) {
  return values != nullptr && values->is_array() && !values->get_array().empty() &&
         std::ranges::all_of(values->get_array(), [](const Json& value) { return value.is_string(); });
}

// A key is set only where the pattern says every value that an event may have: an operator beside a value would let
// more events through than the value that a policy allows.
void AddPatternFacts(const Json& input, JsonObject& facts) {
  Json pattern;
  try {
    pattern = ParseJson(GetString(input, "EventPattern"));
  } catch (const Error&) {  // The handler says so.
    return;
  }
  for (const auto& [key, path] : kPatternKeys) {
    const Json* const values = JsonPath(path).In(pattern);
    if (AreTexts(values)) facts[key] = *values;
  }
}

// Of all entries of PutEvents, or all targets of PutTargets.
void AddFactsOf(const Json& input, const char* list, const char* member, std::string_view key, JsonObject& facts) {
  const Json* const all = Find(input, list);
  if (all == nullptr || !all->is_array()) return;
  std::set<std::string> values;
  for (const Json& one : all->get_array()) values.insert(GetString(one, member));
  facts[key] = JsonArray(values.begin(), values.end());
}

void AddTagFacts(const EventsContext& context, const wire::Call& call, JsonObject& facts) {
  JsonArray keys;
  if (const Json* const tags = Find(call.input, "Tags"); tags != nullptr && tags->is_array()) {
    for (const Json& tag : tags->get_array()) {
      facts["aws:RequestTag/" + GetString(tag, "Key")] = GetString(tag, "Value");
      keys.emplace_back(GetString(tag, "Key"));
    }
  }
  if (const Json* const given = Find(call.input, "TagKeys"); given != nullptr && given->is_array())
    keys = given->get_array();
  if (!keys.empty()) facts["aws:TagKeys"] = std::move(keys);
  const auto rule = context.store.Get(RuleIn(call));
  const Json* const tags = rule == nullptr ? nullptr : Find(rule->spec, "Tags");
  if (tags == nullptr) return;
  for (const Json& tag : tags->as_array()) facts["aws:ResourceTag/" + GetString(tag, "Key")] = GetString(tag, "Value");
}

std::string ResourceOf(const wire::Call& call, ActsOn acts_on) {
  if (acts_on == ActsOn::kBus) return DefaultBusArn(call.account(), call.region);
  if (acts_on == ActsOn::kAll) return "*";
  return RuleIn(call).name.empty() ? GetString(call.input, "ResourceARN", "*") : RuleArn(RuleIn(call));
}

std::vector<wire::Access> AccessesOf(const EventsContext& context, const std::string& name, ActsOn acts_on,
                                     const wire::Call& call) {
  JsonObject facts;
  if (acts_on == ActsOn::kRule) {
    facts["events:creatorAccount"] = call.account();
    AddTagFacts(context, call, facts);
  }
  if (name == "PutRule") AddPatternFacts(call.input, facts);
  if (name == "PutTargets") AddFactsOf(call.input, "Targets", "Arn", "events:TargetArn", facts);
  if (name == "PutEvents") {
    AddFactsOf(call.input, "Entries", "Source", "events:source", facts);
    AddFactsOf(call.input, "Entries", "DetailType", "events:detail-type", facts);
  }
  const std::string resource = ResourceOf(call, acts_on);
  std::vector<wire::Access> accesses{{"events:" + name, resource, facts, nullptr}};
  // Tags on creation need the right to tag.
  if (name == "PutRule" && facts.contains("aws:TagKeys"))
    accesses.push_back({"events:TagResource", resource, facts, nullptr});
  return accesses;
}

}  // namespace

void AddEventsOperations(wire::OperationTable& table, OutboxStore& store, const Clock& clock) {
  const EventsContext context{store, clock};
  const auto add = [&](const std::string& name, Function function, ActsOn acts_on) {
    table.Add("events", name,
              {.handler = [context, function](wire::Call& call) { return function(context, call); },
               .access = [context, name,
                          acts_on](const wire::Call& call) { return AccessesOf(context, name, acts_on, call); },
               .runs_on = wire::RunsOn::kPool});
  };
  add("PutRule", PutRule, ActsOn::kRule);
  add("DescribeRule", DescribeRule, ActsOn::kRule);
  add("ListRules", ListRules, ActsOn::kAll);
  add("EnableRule", EnableRule, ActsOn::kRule);
  add("DisableRule", DisableRule, ActsOn::kRule);
  add("DeleteRule", DeleteRule, ActsOn::kRule);
  add("TestEventPattern", TestEventPattern, ActsOn::kAll);
  add("PutTargets", PutTargets, ActsOn::kRule);
  add("RemoveTargets", RemoveTargets, ActsOn::kRule);
  add("ListTargetsByRule", ListTargetsByRule, ActsOn::kRule);
  add("ListRuleNamesByTarget", ListRuleNamesByTarget, ActsOn::kAll);
  add("PutEvents", PutEvents, ActsOn::kBus);
  add("DescribeEventBus", DescribeEventBus, ActsOn::kBus);
  add("ListEventBuses", ListEventBuses, ActsOn::kAll);
  add("TagResource", TagResource, ActsOn::kRule);
  add("UntagResource", UntagResource, ActsOn::kRule);
  add("ListTagsForResource", ListTagsForResource, ActsOn::kRule);
}

std::span<const std::string_view> EventKeys() {
  static constexpr std::array<std::string_view, 7> kKeys{"events:source",
                                                         "events:detail-type",
                                                         "events:detail.service",
                                                         "events:detail.eventTypeCode",
                                                         "events:detail.userIdentity.principalId",
                                                         "events:TargetArn",
                                                         "events:creatorAccount"};
  return kKeys;
}

}  // namespace sagebrush::events
