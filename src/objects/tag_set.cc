#include "objects/tag_set.h"

#include <algorithm>
#include <set>

#include "objects/errors.h"
#include "wire/http.h"

namespace sagebrush::objects {
namespace {

constexpr std::size_t kKeyMax = 128, kValueMax = 256;

// Characters, not bytes: UTF-8 continuation bytes do not count.
std::size_t Length(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// S3 shows tags by key, however they came.
Tags CheckedAndSorted(Tags tags, std::size_t count_max) {
  if (tags.size() > count_max) {
    throw Error(kInvalidTag, count_max == kObjectTagsMax ? "Object tags cannot be greater than 10"
                                                         : "Bucket tag count cannot be greater than 50");
  }
  std::set<std::string_view> keys;
  for (const auto& [key, value] : tags) {
    if (key.empty() || Length(key) > kKeyMax || key.starts_with("aws:")) {
      throw Error(kInvalidTag, "The TagKey you have provided is invalid", JsonObject{{"TagKey", key}});
    }
    if (Length(value) > kValueMax) {
      throw Error(kInvalidTag, "The TagValue you have provided is invalid", JsonObject{{"TagKey", key}});
    }
    if (!keys.insert(key).second) {
      throw Error(kInvalidTag, "Cannot provide multiple Tags with the same key", JsonObject{{"TagKey", key}});
    }
  }
  std::sort(tags.begin(), tags.end());
  return tags;
}

}  // namespace

Tags ReadTagSet(const Json& tagging, std::size_t count_max) {
  Tags tags;
  if (const Json* set = Find(tagging, "TagSet"); set != nullptr && set->is_array()) {
    for (const Json& tag : set->as_array()) tags.emplace_back(GetString(tag, "Key"), GetString(tag, "Value"));
  }
  return CheckedAndSorted(std::move(tags), count_max);
}

Tags ReadTagHeader(std::string_view header) {
  Tags tags;
  for (auto& [key, value] : wire::ParseQuery(header, /*plus_is_space=*/true)) tags.emplace_back(key, value);
  return CheckedAndSorted(std::move(tags), kObjectTagsMax);
}

JsonArray ToTagSet(const Tags& tags) {
  JsonArray set;
  for (const auto& [key, value] : tags) set.push_back(JsonObject{{"Key", key}, {"Value", value}});
  return set;
}

}  // namespace sagebrush::objects
