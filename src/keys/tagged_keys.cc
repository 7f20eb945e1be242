#include "keys/tagged_keys.h"

#include "keys/key.h"
#include "keys/key_tags.h"

namespace sagebrush::keys {

// Keys are listed by id, and so by ARN.
void TaggedKeys::ForEach(const std::string& account, const std::string& region, const std::string& after,
                         const std::function<bool(const tagging::TaggedResource&)>& take) const {
  store::ListQuery query{.kind = kKeyKind, .account = account, .region = region};
  for (;;) {
    const store::Page page = store_.List(query);
    for (const auto& key : page.resources) {
      std::string arn = ArnOf(key->key);
      if (arn <= after || TagsOf(*key).empty()) continue;
      if (!take({std::move(arn), TagMapOf(TagsOf(*key))})) return;
    }
    if (page.next_token.empty()) return;
    query.page_token = page.next_token;
  }
}

void TaggedKeys::Tag(const wire::Api& api, const wire::Call& call, const std::string& arn,
                     const tagging::Tags& tags) const {
  api.Call(call.principal, call.region, "kms", "TagResource", {{"KeyId", arn}, {"Tags", TagListOf(tags)}}, call.stop);
}

void TaggedKeys::Untag(const wire::Api& api, const wire::Call& call, const std::string& arn,
                       const std::vector<std::string>& keys) const {
  api.Call(call.principal, call.region, "kms", "UntagResource",
           {{"KeyId", arn}, {"TagKeys", JsonArray(keys.begin(), keys.end())}}, call.stop);
}

}  // namespace sagebrush::keys
