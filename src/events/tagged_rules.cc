#include "events/tagged_rules.h"

#include <map>

#include "events/rule.h"

namespace sagebrush::events {

void TaggedRules::ForEach(const std::string& account, const std::string& region, const std::string& after,
                          const std::function<bool(const tagging::TaggedResource&)>& take) const {
  std::map<std::string, tagging::Tags> by_arn;  // At most as many as an account may have: a few hundred.
  for (const auto& rule : store_.All(kRuleKind)) {
    const Json* const tags = Find(rule->spec, "Tags");
    if (rule->key.account != account || rule->key.region != region || tags == nullptr || tags->as_array().empty())
      continue;
    by_arn[RuleArn(rule->key)] = tagging::FromList(tags->as_array());
  }
  for (auto it = by_arn.upper_bound(after); it != by_arn.end(); ++it) {
    if (!take({it->first, it->second})) return;
  }
}

void TaggedRules::Tag(const wire::Api& api, const wire::Call& call, const std::string& arn,
                      const tagging::Tags& tags) const {
  api.Call(call.principal, call.region, "events", "TagResource",
           {{"ResourceARN", arn}, {"Tags", tagging::ToList(tags)}}, call.stop);
}

void TaggedRules::Untag(const wire::Api& api, const wire::Call& call, const std::string& arn,
                        const std::vector<std::string>& keys) const {
  api.Call(call.principal, call.region, "events", "UntagResource",
           {{"ResourceARN", arn}, {"TagKeys", JsonArray(keys.begin(), keys.end())}}, call.stop);
}

}  // namespace sagebrush::events
