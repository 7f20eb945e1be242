#include "events/rule.h"

#include "base/arn.h"

namespace sagebrush::events {

std::string RuleArn(const store::Key& key) {
  return Arn{.service = "events", .region = key.region, .account = key.account, .resource = "rule/" + key.name}
      .ToString();
}

std::string DefaultBusArn(const std::string& account, const std::string& region) {
  return Arn{.service = "events", .region = region, .account = account, .resource = "event-bus/default"}.ToString();
}

const JsonArray& TargetsOf(const store::Resource& rule) {
  static const JsonArray none;
  const Json* const targets = Find(rule.spec, "Targets");
  return targets == nullptr ? none : targets->as_array();
}

std::optional<std::string> LogGroupOf(const std::string& account, const std::string& region, std::string_view text) {
  constexpr std::string_view kPrefix = "log-group:";
  if (text.ends_with(":*")) text.remove_suffix(2);
  const auto arn = Arn::Parse(text);
  if (!arn || arn->service != "logs" || arn->account != account || arn->region != region) return std::nullopt;
  if (!arn->resource.starts_with(kPrefix) || arn->resource.size() == kPrefix.size()) return std::nullopt;
  std::string name = arn->resource.substr(kPrefix.size());
  if (name.find(':') != std::string::npos) return std::nullopt;  // A stream of a group, for one.
  return name;
}

}  // namespace sagebrush::events
