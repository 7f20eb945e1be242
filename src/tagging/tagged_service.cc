#include "tagging/tagged_service.h"

namespace sagebrush::tagging {

JsonArray ToList(const Tags& tags) {
  JsonArray list;
  for (const auto& [key, value] : tags) list.push_back({{"Key", key}, {"Value", value}});
  return list;
}

Tags FromList(const JsonArray& list) {
  Tags tags;
  for (const Json& tag : list) tags[GetString(tag, "Key")] = GetString(tag, "Value");
  return tags;
}

}  // namespace sagebrush::tagging
