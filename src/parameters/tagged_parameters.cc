#include "parameters/tagged_parameters.h"

#include <map>

#include "parameters/parameter.h"

namespace sagebrush::parameters {

void TaggedParameters::ForEach(const std::string& account, const std::string& region, const std::string& after,
                               const std::function<bool(const tagging::TaggedResource&)>& take) const {
  std::map<std::string, tagging::Tags> by_arn;
  for (const auto& parameter : store_.All(kParameterKind)) {
    const JsonArray& tags = parameter->spec.at("Tags").as_array();
    if (parameter->key.account != account || parameter->key.region != region || tags.empty()) continue;
    by_arn[ArnOf(parameter->key)] = tagging::FromList(tags);
  }
  for (auto it = by_arn.upper_bound(after); it != by_arn.end(); ++it) {
    if (!take({it->first, it->second})) return;
  }
}

void TaggedParameters::Tag(const wire::Api& api, const wire::Call& call, const std::string& arn,
                           const tagging::Tags& tags) const {
  api.Call(call.principal, call.region, "ssm", "AddTagsToResource",
           {{"ResourceType", "Parameter"}, {"ResourceId", ReadName(arn).name}, {"Tags", tagging::ToList(tags)}},
           call.stop);
}

void TaggedParameters::Untag(const wire::Api& api, const wire::Call& call, const std::string& arn,
                             const std::vector<std::string>& keys) const {
  api.Call(call.principal, call.region, "ssm", "RemoveTagsFromResource",
           {{"ResourceType", "Parameter"},
            {"ResourceId", ReadName(arn).name},
            {"TagKeys", JsonArray(keys.begin(), keys.end())}},
           call.stop);
}

}  // namespace sagebrush::parameters
