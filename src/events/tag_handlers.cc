#include <fmt/format.h>

#include "events/event_errors.h"
#include "events/event_handlers.h"
#include "tagging/tagged_service.h"

namespace sagebrush::events {
namespace {

constexpr std::size_t kTagsMax = 50;

tagging::Tags TagsOf(const store::Resource& rule) {
  const Json* const tags = Find(rule.spec, "Tags");
  return tags == nullptr ? tagging::Tags() : tagging::FromList(tags->as_array());
}

}  // namespace

void CheckTags(const JsonArray& tags) {
  for (const Json& tag : tags) {
    const std::string key = GetString(tag, "Key");
    if (key.starts_with("aws:"))
      throw Error(kValidation, fmt::format("The tag key {} is reserved: it begins with aws:.", key));
  }
  if (tags.size() > kTagsMax) throw Error(kEventsLimitExceeded, fmt::format("A rule has at most {} tags.", kTagsMax));
}

Json TagResource(const EventsContext& context, wire::Call& call) {
  ChangeRule(context, call, [&](store::Resource& rule) {
    tagging::Tags tags = TagsOf(rule);
    for (const auto& [key, value] : tagging::FromList(call.input.at("Tags").as_array())) tags[key] = value;
    JsonArray list = tagging::ToList(tags);
    CheckTags(list);
    rule.spec.as_object()["Tags"] = std::move(list);
  });
  return JsonObject();
}

Json UntagResource(const EventsContext& context, wire::Call& call) {
  ChangeRule(context, call, [&](store::Resource& rule) {
    tagging::Tags tags = TagsOf(rule);
    for (const Json& key : call.input.at("TagKeys").as_array()) tags.erase(std::string(key.as_string()));
    rule.spec.as_object()["Tags"] = tagging::ToList(tags);
  });
  return JsonObject();
}

Json ListTagsForResource(const EventsContext& context, wire::Call& call) {
  return {{"Tags", tagging::ToList(TagsOf(*RequireRule(context, call)))}};
}

}  // namespace sagebrush::events
