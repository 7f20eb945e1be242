#include "telemetry/tagged_log_groups.h"

#include <fmt/format.h>

namespace sagebrush::telemetry {

void TaggedLogGroups::ForEach(const std::string& account, const std::string& region, const std::string& after,
                              const std::function<bool(const tagging::TaggedResource&)>& take) const {
  for (const auto& group : logs_.Groups(account, region)) {
    const LogGroupSettings settings = group->Settings();
    const std::string arn = fmt::format("arn:aws:logs:{}:{}:log-group:{}", region, account, settings.name);
    if (settings.tags.empty() || arn <= after) continue;
    if (!take({arn, settings.tags})) return;
  }
}

void TaggedLogGroups::Tag(const wire::Api& api, const wire::Call& call, const std::string& arn,
                          const tagging::Tags& tags) const {
  JsonObject given;
  for (const auto& [key, value] : tags) given[key] = value;
  api.Call(call.principal, call.region, "logs", "TagResource", {{"resourceArn", arn}, {"tags", std::move(given)}},
           call.stop);
}

void TaggedLogGroups::Untag(const wire::Api& api, const wire::Call& call, const std::string& arn,
                            const std::vector<std::string>& keys) const {
  api.Call(call.principal, call.region, "logs", "UntagResource",
           {{"resourceArn", arn}, {"tagKeys", JsonArray(keys.begin(), keys.end())}}, call.stop);
}

}  // namespace sagebrush::telemetry
