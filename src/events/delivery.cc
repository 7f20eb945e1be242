#include "events/delivery.h"

#include "base/id.h"
#include "events/rule.h"

namespace sagebrush::events {

store::Resource MakeDelivery(const store::Resource& rule, const Json& target, const Json& event, Time now) {
  store::Resource delivery;
  delivery.key = {kDeliveryKind, rule.key.account, rule.key.region, NewUuid()};
  delivery.spec = {{"Rule", rule.key.name}, {"LogStream", rule.uid}, {"Target", target}, {"Event", event}};
  delivery.created = delivery.modified = now;
  return delivery;
}

store::Key RuleOf(const store::Resource& delivery) {
  return {kRuleKind, delivery.key.account, delivery.key.region, GetString(delivery.spec, "Rule")};
}

}  // namespace sagebrush::events
