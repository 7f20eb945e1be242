#include "sagemaker/tagged_nouns.h"

#include <algorithm>

#include "sagemaker/registry.h"
#include "sagemaker/tags.h"

namespace sagebrush::sagemaker {
namespace {

constexpr int kReadAtOnce = 100;

// In the order of their ARNs: of kinds, "model-card/" comes before "model/".
std::vector<const Noun*> NounsByArn() {
  std::vector<const Noun*> nouns;
  std::ranges::copy_if(Nouns(), std::back_inserter(nouns), [](const Noun* noun) { return !noun->arn_member.empty(); });
  std::ranges::sort(nouns, {}, [](const Noun* noun) { return noun->kind + "/"; });
  return nouns;
}

bool HasTags(const store::Outline& outline) {
  return std::ranges::any_of(outline.attributes, [](const auto& word) { return word.name.starts_with("Tags."); });
}

}  // namespace

void TaggedNouns::ForEach(const std::string& account, const std::string& region, const std::string& after,
                          const std::function<bool(const tagging::TaggedResource&)>& take) const {
  for (const Noun* noun : NounsByArn()) {
    const std::string root = ArnOf(*noun, store::Key{noun->kind, account, region, ""});
    const bool begun = after.starts_with(root);
    if (after > root && !begun) continue;
    store::ListQuery query{.kind = noun->kind, .account = account, .region = region, .limit = kReadAtOnce};
    const std::string from = begun ? after.substr(root.size()) : "";
    query.where = [&](const store::Outline& outline) { return outline.name > from && HasTags(outline); };
    do {
      const store::Page page = context_.store.List(query);
      for (const auto& resource : page.resources) {
        if (!take({ArnOf(*noun, resource->key), tagging::FromList(TagsOf(*resource))})) return;
      }
      query.page_token = page.next_token;
    } while (!query.page_token.empty());
  }
}

void TaggedNouns::Tag(const wire::Api& api, const wire::Call& call, const std::string& arn,
                      const tagging::Tags& tags) const {
  api.Call(call.principal, call.region, "sagemaker", "AddTags", {{"ResourceArn", arn}, {"Tags", tagging::ToList(tags)}},
           call.stop);
}

void TaggedNouns::Untag(const wire::Api& api, const wire::Call& call, const std::string& arn,
                        const std::vector<std::string>& keys) const {
  api.Call(call.principal, call.region, "sagemaker", "DeleteTags",
           {{"ResourceArn", arn}, {"TagKeys", JsonArray(keys.begin(), keys.end())}}, call.stop);
}

}  // namespace sagebrush::sagemaker
