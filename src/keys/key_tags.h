#pragma once

#include "tagging/tagged_service.h"

namespace sagebrush::keys {

// KMS calls the two members of a tag TagKey and TagValue.
inline tagging::Tags TagMapOf(const JsonArray& list) {
  tagging::Tags tags;
  for (const Json& tag : list) tags[GetString(tag, "TagKey")] = GetString(tag, "TagValue");
  return tags;
}

inline JsonArray TagListOf(const tagging::Tags& tags) {
  JsonArray list;
  for (const auto& [key, value] : tags) list.push_back({{"TagKey", key}, {"TagValue", value}});
  return list;
}

}  // namespace sagebrush::keys
