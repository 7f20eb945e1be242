#include "sagemaker/input_members.h"

#include <algorithm>

namespace sagebrush::sagemaker {
namespace {

bool Has(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool AsksForNothing(const Json& value) {
  return value.is_null() || (value.is_string() && value.get_string().empty()) ||
         (value.is_bool() && !value.get_bool()) || (value.is_array() && value.get_array().empty()) ||
         (value.is_int64() && value.get_int64() == 0);
}

void Refuse(const Json& input, std::string_view path, std::string_view reason) {
  const Json* value = Find(input, path);
  if (value == nullptr || AsksForNothing(*value)) return;
  throw Error(kValidation, fmt::format("{} is not supported by this server: {}", path, reason));
}

void RefuseUnknown(const Json& input, const std::function<bool(std::string_view)>& knows) {
  for (const auto& [member, value] : input.as_object()) {
    if (knows(member) || AsksForNothing(value)) continue;
    throw Error(kValidation, fmt::format("{} is not supported by this server; leave it out.", std::string(member)));
  }
}

JsonArray ListIn(const JsonObject& spec, const std::string& member) {
  const Json* list = spec.if_contains(member);
  return list == nullptr || !list->is_array() ? JsonArray() : list->get_array();
}

JsonObject MapIn(const JsonObject& spec, const std::string& member) {
  const Json* map = spec.if_contains(member);
  return map == nullptr || !map->is_object() ? JsonObject() : map->get_object();
}

}  // namespace

bool KnowsInCreate(const Noun& noun, std::string_view member) {
  const auto begins = [&](std::string_view path) { return path.substr(0, path.find('.')) == member; };
  return member == noun.name_member || member == "Tags" || member == noun.token_member || member == noun.role_member ||
         member == noun.parent_member || Has(noun.key_members, member) || Has(noun.stored, member) ||
         Has(noun.read, member) || std::ranges::any_of(noun.volume_keys, begins) ||
         std::ranges::any_of(noun.refused, begins, &std::pair<std::string, std::string>::first);
}

bool KnowsInUpdate(const Noun& noun, std::string_view member) {
  return Has(noun.key_members, member) || member == noun.token_member ||
         std::ranges::find(noun.updates, member, &MemberUpdate::member) != noun.updates.end();
}

void CheckCreateInput(const Noun& noun, bool disk_is_encrypted, const Json& input) {
  for (const auto& [path, reason] : noun.refused) Refuse(input, path, reason);
  if (!disk_is_encrypted) {
    for (const std::string& path : noun.volume_keys) Refuse(input, path, kVolumeKeyReason);
  }
  RefuseUnknown(input, [&](std::string_view member) { return KnowsInCreate(noun, member); });
}

void CheckUpdateInput(const Noun& noun, const Json& input) {
  RefuseUnknown(input, [&](std::string_view member) { return KnowsInUpdate(noun, member); });
}

Json SpecOf(const Noun& noun, const Json& input) {
  JsonObject spec = input.as_object();
  for (const std::string& member : noun.read) spec.erase(member);
  return spec;
}

void ApplyUpdate(const MemberUpdate& update, const Json& input, JsonObject& spec) {
  const Json* given = Find(input, update.member);
  if (given == nullptr) return;
  const std::string& target = update.target.empty() ? update.member : update.target;
  using How = MemberUpdate::How;
  if (update.how == How::kReplace) spec[target] = *given;
  if (update.how == How::kMerge) {
    JsonObject map = MapIn(spec, target);
    for (const auto& [key, value] : given->as_object()) map[key] = value;
    spec[target] = std::move(map);
  }
  if (update.how == How::kRemoveKeys) {
    JsonObject map = MapIn(spec, target);
    for (const Json& key : given->as_array()) map.erase(key.as_string());
    spec[target] = std::move(map);
  }
  if (update.how == How::kAdd || update.how == How::kRemove) {
    JsonArray kept;
    for (const Json& text : ListIn(spec, target)) {
      if (std::ranges::find(given->as_array(), text) == given->as_array().end()) kept.push_back(text);
    }
    if (update.how == How::kAdd) kept.insert(kept.end(), given->as_array().begin(), given->as_array().end());
    spec[target] = std::move(kept);
  }
}

}  // namespace sagebrush::sagemaker
