#pragma once

#include <string>

#include "base/clock.h"
#include "store/store.h"

namespace sagebrush::events {

// An event that waits to be given to one target is a resource of the store, which says all that it takes: what became
// of the rule since does not matter.
inline constexpr char kDeliveryKind[] = "event-delivery";

// `event`: DocumentOf. `target`: an entry of the rule's Targets.
store::Resource MakeDelivery(const store::Resource& rule, const Json& target, const Json& event, Time now);

// The rule that it comes from, which may be gone.
store::Key RuleOf(const store::Resource& delivery);

}  // namespace sagebrush::events
