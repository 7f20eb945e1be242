#include "store/attribute_text.h"

#include "base/error.h"

namespace sagebrush::store {

std::string AttributeText(std::span<const Attribute> attributes) {
  if (attributes.empty()) return "";
  JsonArray pairs;
  for (const Attribute& attribute : attributes) pairs.push_back(JsonArray{attribute.name, attribute.value});
  return ToText(pairs);
}

std::vector<Attribute> ParseAttributes(std::string_view text) {
  std::vector<Attribute> attributes;
  if (text.empty()) return attributes;
  const Json pairs = ParseJson(text);
  const auto wrong = [] { return Error(kInternalFailure, "Its attributes are no pairs of texts."); };
  if (!pairs.is_array()) throw wrong();
  for (const Json& pair : pairs.get_array()) {
    const JsonArray* words = pair.if_array();
    if (words == nullptr || words->size() != 2 || !(*words)[0].is_string() || !(*words)[1].is_string()) throw wrong();
    attributes.push_back({std::string((*words)[0].get_string()), std::string((*words)[1].get_string())});
  }
  return attributes;
}

}  // namespace sagebrush::store
