#include "identity/entities.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/arn.h"
#include "base/encoding.h"
#include "base/text.h"
#include "identity/iam_error.h"

namespace sagebrush::identity {
namespace {

constexpr int kTriesMax = 100;
constexpr std::size_t kTagsMax = 50;

std::string MissingMessage(const EntityKind& kind, const std::string& name) {
  return fmt::format("The {} with name {} cannot be found.", kind.noun, name);
}

}  // namespace

store::Key EntityKey(std::string_view kind, const std::string& account, const std::string& name) {
  return {std::string(kind), account, "", name};
}

ResourcePointer GetEntity(const Identity& identity, const EntityKind& kind, const std::string& account,
                          const std::string& name) {
  auto resource = identity.store().Get(EntityKey(kind.kind, account, name));
  if (resource == nullptr) throw Error(kNoSuchEntity, MissingMessage(kind, name));
  return resource;
}

store::Resource ChangeDocument(const Identity& identity, const store::Key& key, const std::string& missing,
                               const std::function<void(store::Resource&)>& change) {
  for (int i = 0; i < kTriesMax; ++i) {
    const auto current = identity.store().Get(key);
    if (current == nullptr) throw Error(kNoSuchEntity, missing);
    store::Resource changed = *current;
    change(changed);
    changed.modified = identity.clock().Now();
    if (!identity.store().Update(changed)) continue;
    identity.directory().Forget();
    return changed;
  }
  throw Error(kConcurrentModification, fmt::format("{} is being changed by others. Try again.", key.name));
}

store::Resource ChangeEntity(const Identity& identity, const EntityKind& kind, const std::string& account,
                             const std::string& name, const std::function<void(store::Resource&)>& change) {
  return ChangeDocument(identity, EntityKey(kind.kind, account, name), MissingMessage(kind, name), change);
}

std::vector<ResourcePointer> ListDocuments(const Identity& identity, std::string_view kind,
                                           const std::string& account) {
  std::vector<ResourcePointer> out;
  store::ListQuery query{.kind = std::string(kind), .account = account, .limit = 1000};
  do {
    store::Page page = identity.store().List(query);
    out.insert(out.end(), page.resources.begin(), page.resources.end());
    query.page_token = page.next_token;
  } while (!query.page_token.empty());
  return out;
}

std::string NameIn(const wire::Call& call, const EntityKind& kind) {
  std::string name = GetString(call.input, kind.name_member);
  if (!name.empty()) return name;
  const auto arn = Arn::Parse(call.principal.identity_arn);
  if (arn && arn->resource.starts_with("user/")) return arn->resource.substr(arn->resource.rfind('/') + 1);
  throw Error(kValidationError,
              fmt::format("Must specify {} when calling with non-User credentials", kind.name_member));
}

Json MakePage(const Json& input, std::string_view list_member, std::vector<std::pair<std::string, Json>> rows) {
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  const std::string marker = GetString(input, "Marker");
  std::string after;
  if (!marker.empty() && !FromBase64(marker, after)) throw Error(kValidationError, "Invalid Marker.");
  const auto max = static_cast<std::size_t>(GetInt(input, "MaxItems", 100));
  auto at = marker.empty() ? rows.begin()
                           : std::upper_bound(rows.begin(), rows.end(), after,
                                              [](const std::string& key, const auto& row) { return key < row.first; });
  JsonArray list;
  std::string last;
  for (; at != rows.end() && list.size() < max; ++at) {
    last = at->first;
    list.push_back(std::move(at->second));
  }
  JsonObject out{{list_member, std::move(list)}, {"IsTruncated", at != rows.end()}};
  if (at != rows.end()) out["Marker"] = ToBase64(last);
  return out;
}

JsonArray MergeTags(const Json& spec, const JsonArray& added) {
  JsonArray tags;
  if (const Json* const present = Find(spec, "Tags")) tags = present->as_array();
  std::vector<std::string> keys;
  for (const auto& tag : added) {
    const std::string key = GetString(tag, "Key");
    if (std::find(keys.begin(), keys.end(), Lower(key)) != keys.end()) {
      throw Error(kInvalidInput, "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    }
    keys.push_back(Lower(key));
    const auto same = [&key](const Json& other) { return Lower(GetString(other, "Key")) == Lower(key); };
    tags.erase(std::remove_if(tags.begin(), tags.end(), same), tags.end());
    tags.push_back(JsonObject{{"Key", key}, {"Value", GetString(tag, "Value")}});
  }
  if (tags.size() > kTagsMax) {
    throw Error(kLimitExceeded, fmt::format("The number of tags has reached the maximum limit of {}.", kTagsMax));
  }
  return tags;
}

JsonArray RemoveTags(const Json& spec, const JsonArray& keys) {
  JsonArray kept;
  const Json* const present = Find(spec, "Tags");
  if (present == nullptr) return kept;
  for (const auto& tag : present->as_array()) {
    const std::string key = Lower(GetString(tag, "Key"));
    const bool gone =
        std::any_of(keys.begin(), keys.end(), [&](const Json& k) { return Lower(std::string(k.as_string())) == key; });
    if (!gone) kept.push_back(tag);
  }
  return kept;
}

}  // namespace sagebrush::identity
