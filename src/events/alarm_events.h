#pragma once

#include <optional>

#include "events/event.h"
#include "store/store.h"

namespace sagebrush::events {

// "CloudWatch Alarm State Change", when the state of an alarm has become another. Pure.
std::optional<Event> AlarmEventOf(const store::Change& change);

}  // namespace sagebrush::events
