#pragma once

#include <optional>

#include "events/event.h"
#include "store/store.h"

namespace sagebrush::sagemaker {

// The event that SageMaker sends to EventBridge for a change of one of its resources: "SageMaker Training Job State
// Change" and the like. nullopt: it sends none. Pure. A noun gets events by a row in state_changes.cc.
std::optional<events::Event> StateChangeOf(const store::Change& change);

}  // namespace sagebrush::sagemaker
