#include <algorithm>

#include "keys/key.h"
#include "keys/key_handlers.h"
#include "keys/key_tags.h"
#include "keys/paging.h"

namespace sagebrush::keys {
namespace {

constexpr std::size_t kPageDefault = 50;

}  // namespace

Json TagResource(const KeysContext& context, wire::Call& call) {
  const JsonArray& given = call.input.at("Tags").as_array();
  CheckTags(given);
  ChangeKey(context, call, [&](store::Resource& key) {
    RequireNotPendingDeletion(key);
    tagging::Tags tags = TagMapOf(TagsOf(key));
    for (const auto& [name, value] : TagMapOf(given)) tags[name] = value;
    JsonArray list = TagListOf(tags);
    CheckTags(list);
    key.spec.at("Tags") = std::move(list);
  });
  return {};
}

Json UntagResource(const KeysContext& context, wire::Call& call) {
  ChangeKey(context, call, [&](store::Resource& key) {
    RequireNotPendingDeletion(key);
    tagging::Tags tags = TagMapOf(TagsOf(key));
    for (const Json& name : call.input.at("TagKeys").as_array()) tags.erase(std::string(name.as_string()));
    key.spec.at("Tags") = TagListOf(tags);
  });
  return {};
}

Json ListResourceTags(const KeysContext& context, wire::Call& call) {
  const KeyPointer key = KeyIn(context, call);
  std::vector<ListedItem> items;
  for (const Json& tag : TagsOf(*key)) items.push_back({GetString(tag, "TagKey"), tag});
  std::ranges::sort(items, {}, &ListedItem::id);
  return PageOf(call, "Tags", items, kPageDefault);
}

}  // namespace sagebrush::keys
