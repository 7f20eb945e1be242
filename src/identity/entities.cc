#include "identity/entities.h"

#include <algorithm>
#include <span>

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
  return fmt::format(fmt::runtime(kind.missing), name);
}

[[noreturn]] void ThrowBusy(const std::string& name) {
  throw Error(kConcurrentModification, fmt::format("{} is being changed by others. Try again.", name));
}

[[noreturn]] void ThrowTaken(const EntityKind& kind, const std::string& name) {
  throw Error(kEntityAlreadyExists, fmt::format(fmt::runtime(kind.taken), name));
}

// False: another writer came first.
bool Commit(const Identity& identity, std::span<const store::Write> writes) {
  if (identity.store().Commit(writes)) return false;
  identity.directory().Forget();
  return true;
}

// `except`: what is renamed may keep its name in other letters; nullptr: none.
void RequireFreeName(const EntityKind& kind, const std::vector<ResourcePointer>& others, const std::string& name,
                     const store::Resource* except) {
  for (const auto& other : others) {
    if (except != nullptr && other->key.name == except->key.name) continue;
    if (EqualsIgnoringCase(other->key.name, Lower(name))) ThrowTaken(kind, name);
  }
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

std::vector<store::Resource> ChangeTogether(const Identity& identity, const std::vector<NamedDocument>& documents,
                                            const std::function<void(std::vector<store::Resource>&)>& change) {
  for (int i = 0; i < kTriesMax; ++i) {
    std::vector<store::Resource> changed;
    for (const auto& [key, missing] : documents) {
      const auto current = identity.store().Get(key);
      if (current == nullptr) throw Error(kNoSuchEntity, missing);
      changed.push_back(*current);
    }
    change(changed);
    std::vector<store::Write> writes;
    for (auto& document : changed) {
      document.modified = identity.clock().Now();
      writes.push_back(store::Write::Update(document));
    }
    if (Commit(identity, writes)) return changed;
  }
  ThrowBusy(documents.front().key.name);
}

store::Resource ChangeDocument(const Identity& identity, const store::Key& key, const std::string& missing,
                               const std::function<void(store::Resource&)>& change) {
  return ChangeTogether(identity, {{key, missing}},
                        [&](std::vector<store::Resource>& documents) { change(documents.front()); })
      .front();
}

NamedDocument Named(const EntityKind& kind, const std::string& account, const std::string& name) {
  return {EntityKey(kind.kind, account, name), MissingMessage(kind, name)};
}

store::Resource NewEntity(const Identity& identity, const wire::Call& call, const EntityKind& kind,
                          const std::string& name) {
  const std::string path = GetString(call.input, "Path", "/");
  const Json* const tags = Find(call.input, "Tags");
  store::Resource entity;
  entity.key = EntityKey(kind.kind, call.account(), name);
  entity.created = entity.modified = identity.clock().Now();
  JsonObject spec{{"Path", path},
                  {"Arn", fmt::format("arn:aws:iam::{}:{}{}{}", call.account(), kind.noun, path, name)}};
  if (!kind.id_prefix.empty()) spec[std::string(kind.title) + "Id"] = NewUniqueId(kind.id_prefix);
  spec["Tags"] = MergeTags(JsonObject(), tags == nullptr ? JsonArray() : tags->as_array());
  entity.spec = std::move(spec);
  return entity;
}

void InsertEntity(const Identity& identity, const EntityKind& kind, store::Resource& entity) {
  const MutexLock lock(identity.naming());
  const auto others = ListDocuments(identity, kind.kind, entity.key.account);
  RequireFreeName(kind, others, entity.key.name, nullptr);
  if (others.size() >= kind.account_max) {
    throw Error(kLimitExceeded,
                fmt::format("Cannot exceed quota for {}PerAccount: {}", PluralOf(kind), kind.account_max));
  }
  if (!Commit(identity, std::vector{store::Write::Insert(entity)})) ThrowTaken(kind, entity.key.name);
}

namespace {

// The writes that give `old` its new name, and the documents that they write.
struct Renaming {
  store::Resource renamed;
  std::vector<store::Resource> mentioning;
};

Renaming PrepareRenaming(const Identity& identity, const store::Resource& old, const std::string& new_name,
                         const std::vector<Mention>& mentions) {
  Renaming renaming{old, {}};
  renaming.renamed.key.name = new_name;
  renaming.renamed.uid.clear();
  for (const auto& [key, change] : mentions) {
    const auto document = identity.store().Get(key);
    if (document == nullptr) continue;
    store::Resource copy = *document;
    change(copy.spec);
    renaming.mentioning.push_back(std::move(copy));
  }
  return renaming;
}

}  // namespace

void RenameEntity(
    const Identity& identity, const wire::Call& call, const EntityKind& kind,
    const std::function<std::vector<Mention>(const store::Resource&, const std::string& new_name)>& mentions) {
  const std::string name = GetString(call.input, kind.name_member);
  const std::string new_name = GetString(call.input, "New" + std::string(kind.name_member), name);
  const auto apply = [&](store::Resource& entity) {
    JsonObject& spec = entity.spec.as_object();
    const std::string path = GetString(call.input, "NewPath", GetString(entity.spec, "Path"));
    spec["Path"] = path;
    spec["Arn"] = fmt::format("arn:aws:iam::{}:{}{}{}", call.account(), kind.noun, path, new_name);
  };
  if (new_name == name) {
    ChangeEntity(identity, kind, call.account(), name, apply);
    return;
  }
  const MutexLock lock(identity.naming());
  for (int i = 0; i < kTriesMax; ++i) {
    const auto old = GetEntity(identity, kind, call.account(), name);
    RequireFreeName(kind, ListDocuments(identity, kind.kind, call.account()), new_name, old.get());
    Renaming renaming = PrepareRenaming(identity, *old, new_name, mentions(*old, new_name));
    apply(renaming.renamed);
    std::vector<store::Write> writes{store::Write::Delete(*old), store::Write::Insert(renaming.renamed)};
    for (auto& document : renaming.mentioning) writes.push_back(store::Write::Update(document));
    if (Commit(identity, writes)) return;
  }
  ThrowBusy(name);
}

store::Resource ChangeEntity(const Identity& identity, const EntityKind& kind, const std::string& account,
                             const std::string& name, const std::function<void(store::Resource&)>& change) {
  return ChangeDocument(identity, EntityKey(kind.kind, account, name), MissingMessage(kind, name), change);
}

void RequireNoPolicies(const store::Resource& entity) {
  if (!entity.spec.at("AttachedPolicies").as_array().empty()) {
    throw Error(kDeleteConflict, "Cannot delete entity, must detach all policies first.");
  }
  if (!entity.spec.at("InlinePolicies").as_object().empty()) {
    throw Error(kDeleteConflict, "Cannot delete entity, must delete policies first.");
  }
}

void DeleteEntity(const Identity& identity, const store::Resource& entity) {
  if (!Commit(identity, std::vector{store::Write::Delete(entity)})) ThrowBusy(entity.key.name);
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

void RequireModifiable(const store::Resource& entity) {
  if (!GetString(entity.spec, "Path").starts_with(kServiceRolePath)) return;
  throw Error(kUnmodifiable, fmt::format("Cannot perform the operation on the protected role '{}' - this role is only "
                                         "modifiable by AWS",
                                         entity.key.name));
}

void RequirePolicy(const Identity& identity, const std::string& account, const std::string& arn) {
  if (identity.directory().PolicyText(arn, account) == nullptr) {
    throw Error(kNoSuchEntity, fmt::format("Policy {} does not exist or is not attachable.", arn));
  }
}

void SetBoundary(const Identity& identity, const wire::Call& call, store::Resource& entity) {
  const std::string boundary = GetString(call.input, "PermissionsBoundary");
  if (boundary.empty()) return;
  RequirePolicy(identity, call.account(), boundary);
  entity.spec.as_object()["PermissionsBoundary"] = boundary;
}

namespace {

// "arn:aws:iam::123456789012:saml-provider/name" to "name". One that is not of the kind, or of another account, names
// nothing here.
std::string NameInArn(const std::string& text, const EntityKind& kind, const std::string& account) {
  const auto arn = Arn::Parse(text);
  const std::string prefix = std::string(kind.noun) + "/";
  if (!arn || arn->service != "iam" || !arn->resource.starts_with(prefix)) {
    throw Error(kInvalidInput,
                fmt::format("Invalid ARN: {} is not the ARN of a resource of type {}.", text, kind.noun));
  }
  if (arn->account != account) throw Error(kNoSuchEntity, fmt::format("{} not found for arn {}", kind.title, text));
  return arn->resource.substr(prefix.size());
}

}  // namespace

std::string NameIn(const wire::Call& call, const EntityKind& kind) {
  std::string name = GetString(call.input, kind.name_member);
  if (kind.name_member.ends_with("Arn")) return NameInArn(name, kind, call.account());
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

std::string PluralOf(const EntityKind& kind) {
  std::string title(kind.title);
  if (!title.ends_with('y')) return title + "s";
  title.pop_back();
  return title + "ies";
}

std::vector<std::string> NamesIn(const Json& spec, std::string_view member) {
  std::vector<std::string> names;
  if (const Json* const list = Find(spec, member)) {
    for (const auto& name : list->as_array()) names.emplace_back(name.as_string());
  }
  return names;
}

void AddName(Json& spec, std::string_view member, const std::string& name) {
  RemoveName(spec, member, name);
  Json& list = spec.as_object()[member];
  if (!list.is_array()) list = JsonArray();
  list.as_array().emplace_back(name);
}

bool RemoveName(Json& spec, std::string_view member, const std::string& name) {
  Json* const list = spec.as_object().if_contains(member);
  if (list == nullptr) return false;
  JsonArray& names = list->as_array();
  const auto at = std::find_if(names.begin(), names.end(), [&](const Json& item) { return item.as_string() == name; });
  if (at == names.end()) return false;
  names.erase(at);
  return true;
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
