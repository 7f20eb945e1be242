#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "store/store.h"

namespace sagebrush::events {

// A rule is a resource of the store. Its spec is what PutRule was given (EventPattern, ScheduleExpression, Description,
// Tags) and Targets as PutTargets was; its state "ENABLED" or "DISABLED"; its status what ScheduleController remembers.
inline constexpr char kRuleKind[] = "event-rule";
inline constexpr char kEnabled[] = "ENABLED";
inline constexpr char kDisabled[] = "DISABLED";
inline constexpr char kDefaultBus[] = "default";

// arn:aws:events:REGION:ACCOUNT:rule/NAME
std::string RuleArn(const store::Key& key);
std::string DefaultBusArn(const std::string& account, const std::string& region);

// The targets of a rule as they were put; none: an empty list.
const JsonArray& TargetsOf(const store::Resource& rule);

// The name of the log group that a target's ARN names, in this account and region; nullopt: it names something else.
std::optional<std::string> LogGroupOf(const std::string& account, const std::string& region, std::string_view arn);

}  // namespace sagebrush::events
