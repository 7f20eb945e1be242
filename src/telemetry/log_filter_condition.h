#pragma once

#include <memory>
#include <string_view>

#include "telemetry/log_filter_pattern.h"

namespace sagebrush::telemetry {

// Reads a condition on JSON events: all of a filter pattern that starts with '{'.
// Throws Error(InvalidParameterException).
std::unique_ptr<LogFilterPattern::Condition> ParseLogFilterCondition(std::string_view text);

}  // namespace sagebrush::telemetry
