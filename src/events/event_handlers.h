#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "events/outbox_store.h"
#include "wire/call.h"

namespace sagebrush::events {

// What every handler of the events service needs.
struct EventsContext {
  OutboxStore& store;
  const Clock& clock;
};

// Throws Error(ResourceNotFoundException) unless the input names the default event bus, by name or ARN, or none.
void RequireDefaultBus(const wire::Call& call);
// The key of the rule that the input names: Name, Rule, or ResourceARN; with an empty name when that is no rule's ARN.
store::Key RuleIn(const wire::Call& call);
// Throws Error(ResourceNotFoundException).
std::shared_ptr<const store::Resource> RequireRule(const EventsContext& context, const wire::Call& call);
// Changes the rule that the input names; again when another writer came first. Throws as RequireRule.
void ChangeRule(const EventsContext& context, const wire::Call& call,
                const std::function<void(store::Resource&)>& change);
// Throws Error(kValidation) for a key of AWS's own, Error(LimitExceededException) for too many.
void CheckTags(const JsonArray& tags);

Json PutRule(const EventsContext& context, wire::Call& call);
Json DescribeRule(const EventsContext& context, wire::Call& call);
Json ListRules(const EventsContext& context, wire::Call& call);
Json EnableRule(const EventsContext& context, wire::Call& call);
Json DisableRule(const EventsContext& context, wire::Call& call);
Json DeleteRule(const EventsContext& context, wire::Call& call);
Json TestEventPattern(const EventsContext& context, wire::Call& call);

Json PutTargets(const EventsContext& context, wire::Call& call);
Json RemoveTargets(const EventsContext& context, wire::Call& call);
Json ListTargetsByRule(const EventsContext& context, wire::Call& call);
Json ListRuleNamesByTarget(const EventsContext& context, wire::Call& call);

Json PutEvents(const EventsContext& context, wire::Call& call);
Json DescribeEventBus(const EventsContext& context, wire::Call& call);
Json ListEventBuses(const EventsContext& context, wire::Call& call);

Json TagResource(const EventsContext& context, wire::Call& call);
Json UntagResource(const EventsContext& context, wire::Call& call);
Json ListTagsForResource(const EventsContext& context, wire::Call& call);

}  // namespace sagebrush::events
