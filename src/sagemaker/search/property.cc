#include "sagemaker/search/property.h"

#include <algorithm>

namespace sagebrush::sagemaker {
namespace {

constexpr int kDepthMax = 8;  // Of shapes that hold themselves.

// A list of the record that is searched as a map: `property` + "." + what `key` is, and there the `value`.
struct NamedList {
  std::string_view property, list, key;
  std::string_view value;  // Empty: the whole element.
};
constexpr NamedList kNamedLists[] = {
    {"Tags", "Tags", "Key", "Value"},
    {"Metrics", "FinalMetricDataList", "MetricName", "Value"},  // docs.aws.amazon.com: API_Filter, of training jobs.
    {"Metrics", "Metrics", "MetricName", ""},                   // Of trial components: Metrics.<name>.Max.
};

std::string_view FirstOf(std::string_view name) { return name.substr(0, name.find('.')); }

void Collect(const Json& value, std::string_view name, std::vector<Json>& out) {
  if (value.is_null()) return;
  if (value.is_array()) {
    for (const Json& element : value.get_array()) Collect(element, name, out);
    return;
  }
  if (name.empty()) return out.push_back(value);
  if (!value.is_object()) return;
  // The longest key that is there, for a key may hold dots.
  for (std::size_t end = name.size(); end != std::string_view::npos && end > 0; end = name.rfind('.', end - 1)) {
    if (const Json* member = value.get_object().if_contains(name.substr(0, end))) {
      return Collect(*member, name.substr(std::min(end + 1, name.size())), out);
    }
  }
}

void CollectNamed(const Json& record, const NamedList& named, std::string_view rest, std::vector<Json>& out) {
  const Json* list = Find(record, named.list);
  if (list == nullptr || !list->is_array()) return;
  for (const Json& element : list->get_array()) {
    if (!element.is_object()) continue;
    const std::string key = GetString(element, named.key);
    const Json* value = named.value.empty() ? &element : Find(element, named.value);
    if (key.empty() || value == nullptr || !rest.starts_with(key)) continue;
    if (rest.size() == key.size()) {
      Collect(*value, "", out);
    } else if (rest[key.size()] == '.') {
      Collect(*value, rest.substr(key.size() + 1), out);
    }
  }
}

// The shape at a property's name, as far as structures and lists go; `in_map`: its rest is a map's business.
wire::Shape ShapeAt(wire::Shape shape, std::string_view name, bool& in_map) {
  in_map = false;
  while (shape) {
    while (shape.type() == wire::ShapeType::kList) shape = shape.element().shape();
    if (shape.type() == wire::ShapeType::kMap) in_map = true;
    if (name.empty() || in_map) return shape;
    if (shape.type() != wire::ShapeType::kStructure) return {};
    const wire::Member member = shape.FindMember(FirstOf(name));
    if (!member) return {};
    name.remove_prefix(std::min(FirstOf(name).size() + 1, name.size()));
    shape = member.shape();
  }
  return {};
}

void AddNames(wire::Shape shape, const std::string& name, int depth, std::vector<std::string>& names) {
  while (shape.type() == wire::ShapeType::kList) shape = shape.element().shape();
  if (shape.type() != wire::ShapeType::kStructure) {
    if (shape.type() != wire::ShapeType::kMap) names.push_back(name);
    return;
  }
  if (depth == kDepthMax) return;
  for (std::size_t i = 0; i < shape.member_count(); ++i) {
    const std::string member(shape.member(i).name());
    AddNames(shape.member(i).shape(), name.empty() ? member : name + "." + member, depth + 1, names);
  }
}

}  // namespace

std::vector<Json> PropertyValues(const Json& record, std::string_view name) {
  std::vector<Json> values;
  const std::string_view first = FirstOf(name);
  if (first.size() < name.size()) {
    for (const NamedList& named : kNamedLists) {
      if (named.property == first) CollectNamed(record, named, name.substr(first.size() + 1), values);
    }
  }
  if (values.empty()) Collect(record, name, values);
  return values;
}

bool IsProperty(const wire::Shape& record, std::string_view name) {
  const std::string_view first = FirstOf(name);
  for (const NamedList& named : kNamedLists) {
    if (named.property == first && record.FindMember(named.list)) return true;
  }
  bool in_map = false;
  return static_cast<bool>(ShapeAt(record, name, in_map));
}

bool IsTimestamp(const wire::Shape& record, std::string_view name) {
  bool in_map = false;
  const wire::Shape shape = ShapeAt(record, name, in_map);
  return shape && shape.type() == wire::ShapeType::kTimestamp;
}

std::vector<std::string> PropertyNames(const wire::Shape& shape) {
  std::vector<std::string> names;
  AddNames(shape, "", 0, names);
  return names;
}

std::vector<std::string> PropertyNames(const Json& record) {
  std::vector<std::string> names;
  for (const NamedList& named : kNamedLists) {
    const Json* list = Find(record, named.list);
    if (list == nullptr || !list->is_array()) continue;
    for (const Json& element : list->get_array()) {
      names.push_back(std::string(named.property) + "." + GetString(element, named.key));
    }
  }
  for (const char* map : {"HyperParameters", "Environment", "Parameters", "CustomerMetadataProperties"}) {
    const Json* entries = Find(record, map);
    if (entries == nullptr || !entries->is_object()) continue;
    for (const auto& [key, value] : entries->get_object()) names.push_back(std::string(map) + "." + std::string(key));
  }
  return names;
}

}  // namespace sagebrush::sagemaker
