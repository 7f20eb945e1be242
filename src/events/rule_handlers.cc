#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/error.h"
#include "events/event_errors.h"
#include "events/event_handlers.h"
#include "events/event_pattern.h"
#include "events/rule.h"
#include "events/schedule_expression.h"

namespace sagebrush::events {
namespace {

constexpr std::size_t kRulesMax = 300;  // EventBridge's quota for a bus.
constexpr int kPageMax = 100;
constexpr std::array<const char*, 3> kShown{"EventPattern", "ScheduleExpression", "Description"};

void CheckRule(const Json& input) {
  const auto refuse = [&](const char* member, const char* reason) {
    if (Find(input, member) == nullptr) return;
    throw Error(kValidation, fmt::format("The parameter {} is refused: {}.", member, reason));
  };
  refuse("RoleArn", "the targets of this server are log groups, which take events without a role");
  const bool has_pattern = Find(input, "EventPattern") != nullptr;
  const bool has_schedule = Find(input, "ScheduleExpression") != nullptr;
  if (!has_pattern && !has_schedule) {
    throw Error(kValidation, "Parameter(s) EventPattern or ScheduleExpression must be specified.");
  }
  if (GetString(input, "State", kEnabled).starts_with("ENABLED_WITH")) {
    throw Error(kValidation, "The State is refused: no management events of CloudTrail reach this server.");
  }
  if (has_pattern) EventPattern(GetString(input, "EventPattern"));
  if (has_schedule) ScheduleExpression(GetString(input, "ScheduleExpression"));
}

bool HasRoom(const EventsContext& context, const wire::Call& call) {
  const auto rules = context.store.All(kRuleKind);
  const auto ours = std::ranges::count_if(
      rules, [&](const auto& rule) { return rule->key.account == call.account() && rule->key.region == call.region; });
  return static_cast<std::size_t>(ours) < kRulesMax;
}

// What PutRule does not give, the rule has no more; its targets and tags stay.
void Put(store::Resource& rule, const Json& input, Time now) {
  JsonObject& spec = rule.spec.as_object();
  for (const char* member : kShown) {
    const Json* const given = Find(input, member);
    if (given != nullptr) spec[member] = *given;
    if (given == nullptr) spec.erase(member);
  }
  rule.state = GetString(input, "State", kEnabled);
  rule.modified = now;
}

store::Resource NewRule(const EventsContext& context, const wire::Call& call) {
  if (!HasRoom(context, call)) {
    throw Error(kEventsLimitExceeded,
                fmt::format("The requested resource exceeds the maximum number allowed: {} rules.", kRulesMax));
  }
  store::Resource rule;
  rule.key = RuleIn(call);
  rule.created = context.clock.Now();
  rule.spec = JsonObject();
  rule.status = JsonObject();
  if (const Json* const tags = Find(call.input, "Tags")) {
    CheckTags(tags->as_array());
    rule.spec.as_object()["Tags"] = *tags;
  }
  return rule;
}

JsonObject Describe(const store::Resource& rule) {
  JsonObject out{
      {"Name", rule.key.name}, {"Arn", RuleArn(rule.key)}, {"State", rule.state}, {"EventBusName", kDefaultBus}};
  for (const char* member : kShown) {
    if (const Json* const value = Find(rule.spec, member)) out[member] = *value;
  }
  return out;
}

Json SetState(const EventsContext& context, const wire::Call& call, const char* state) {
  ChangeRule(context, call, [&](store::Resource& rule) { rule.state = state; });
  return JsonObject();
}

}  // namespace

void RequireDefaultBus(const wire::Call& call) {
  const std::string bus = GetString(call.input, "EventBusName", kDefaultBus);
  if (bus == kDefaultBus || bus == DefaultBusArn(call.account(), call.region)) return;
  throw Error(kEventsNotFound, fmt::format("Event bus {} does not exist.", bus));
}

store::Key RuleIn(const wire::Call& call) {
  store::Key key{kRuleKind, call.account(), call.region, ""};
  if (const std::string arn = GetString(call.input, "ResourceARN"); !arn.empty()) {
    const std::string prefix = RuleArn(key);
    if (arn.starts_with(prefix)) key.name = arn.substr(prefix.size());
  } else {
    key.name = GetString(call.input, Find(call.input, "Rule") != nullptr ? "Rule" : "Name");
  }
  return key;
}

std::shared_ptr<const store::Resource> RequireRule(const EventsContext& context, const wire::Call& call) {
  RequireDefaultBus(call);
  const store::Key key = RuleIn(call);
  auto rule = context.store.Get(key);
  if (rule == nullptr && Find(call.input, "ResourceARN") != nullptr) {
    throw Error(kEventsNotFound,
                fmt::format("{} is not the ARN of a rule here.", GetString(call.input, "ResourceARN")));
  }
  if (rule == nullptr) {
    throw Error(kEventsNotFound, fmt::format("Rule {} does not exist on EventBus {}.", key.name, kDefaultBus));
  }
  return rule;
}

void ChangeRule(const EventsContext& context, const wire::Call& call,
                const std::function<void(store::Resource&)>& change) {
  for (;;) {
    store::Resource rule = *RequireRule(context, call);
    change(rule);
    rule.modified = context.clock.Now();
    if (context.store.Update(rule)) return;
  }
}

Json PutRule(const EventsContext& context, wire::Call& call) {
  RequireDefaultBus(call);
  CheckRule(call.input);
  for (;;) {
    const auto known = context.store.Get(RuleIn(call));
    store::Resource rule = known == nullptr ? NewRule(context, call) : *known;
    Put(rule, call.input, context.clock.Now());
    if (known == nullptr ? context.store.Insert(rule) : context.store.Update(rule))
      return {{"RuleArn", RuleArn(rule.key)}};
  }
}

Json DescribeRule(const EventsContext& context, wire::Call& call) {
  const auto rule = RequireRule(context, call);
  JsonObject out = Describe(*rule);
  out["CreatedBy"] = rule->key.account;
  return out;
}

Json ListRules(const EventsContext& context, wire::Call& call) {
  RequireDefaultBus(call);
  store::ListQuery query{.kind = kRuleKind, .account = call.account(), .region = call.region};
  query.name_prefix = GetString(call.input, "NamePrefix");
  query.limit = static_cast<int>(GetInt(call.input, "Limit", kPageMax));
  query.page_token = GetString(call.input, "NextToken");
  const store::Page page = context.store.List(query);
  JsonArray rules;
  for (const auto& rule : page.resources) rules.push_back(Describe(*rule));
  JsonObject out{{"Rules", std::move(rules)}};
  if (!page.next_token.empty()) out["NextToken"] = page.next_token;
  return out;
}

Json EnableRule(const EventsContext& context, wire::Call& call) { return SetState(context, call, kEnabled); }
Json DisableRule(const EventsContext& context, wire::Call& call) { return SetState(context, call, kDisabled); }

Json DeleteRule(const EventsContext& context, wire::Call& call) {
  RequireDefaultBus(call);
  for (;;) {
    const auto rule = context.store.Get(RuleIn(call));
    if (rule == nullptr) return JsonObject();
    if (!TargetsOf(*rule).empty()) throw Error(kValidation, "Rule can't be deleted since it has targets.");
    if (context.store.Delete(*rule)) return JsonObject();
  }
}

Json TestEventPattern(const EventsContext&, wire::Call& call) {
  const EventPattern pattern(GetString(call.input, "EventPattern"));
  Json event;
  try {
    event = ParseJson(GetString(call.input, "Event"));
  } catch (const Error& error) {
    throw Error(kValidation, fmt::format("Parameter Event is not valid. Reason: {}", error.what()));
  }
  constexpr std::array<const char*, 7> kRequired{"id",     "account",   "source",     "time",
                                                 "region", "resources", "detail-type"};
  for (const char* member : kRequired) {
    const bool given = event.is_object() && event.get_object().contains(member);
    if (!given) throw Error(kValidation, fmt::format("Parameter Event is not valid. Reason: it has no {}.", member));
  }
  return {{"Result", pattern.Matches(event)}};
}

}  // namespace sagebrush::events
