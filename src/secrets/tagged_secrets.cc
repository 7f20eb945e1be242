#include "secrets/tagged_secrets.h"

#include <map>

#include "secrets/secret.h"

namespace sagebrush::secrets {

void TaggedSecrets::ForEach(const std::string& account, const std::string& region, const std::string& after,
                            const std::function<bool(const tagging::TaggedResource&)>& take) const {
  std::map<std::string, tagging::Tags> by_arn;
  for (const auto& secret : store_.All(kSecretKind)) {
    const JsonArray& tags = secret->spec.at("Tags").as_array();
    if (secret->key.account != account || secret->key.region != region || tags.empty()) continue;
    by_arn[ArnOf(*secret)] = tagging::FromList(tags);
  }
  for (auto it = by_arn.upper_bound(after); it != by_arn.end(); ++it) {
    if (!take({it->first, it->second})) return;
  }
}

void TaggedSecrets::Tag(const wire::Api& api, const wire::Call& call, const std::string& arn,
                        const tagging::Tags& tags) const {
  api.Call(call.principal, call.region, "secretsmanager", "TagResource",
           {{"SecretId", arn}, {"Tags", tagging::ToList(tags)}}, call.stop);
}

void TaggedSecrets::Untag(const wire::Api& api, const wire::Call& call, const std::string& arn,
                          const std::vector<std::string>& keys) const {
  api.Call(call.principal, call.region, "secretsmanager", "UntagResource",
           {{"SecretId", arn}, {"TagKeys", JsonArray(keys.begin(), keys.end())}}, call.stop);
}

}  // namespace sagebrush::secrets
