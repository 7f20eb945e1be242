// Aliases. An alias and its key's list of aliases are written in one commit.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "keys/key.h"
#include "keys/key_access.h"
#include "keys/key_errors.h"
#include "keys/key_handlers.h"
#include "keys/paging.h"

namespace sagebrush::keys {
namespace {

constexpr std::size_t kAliasesMax = 50;  // KMS's quota for a key.
constexpr int kPageDefault = 50;

// The new alias's name. The model lets more through.
std::string NewName(const wire::Call& call) {
  std::string name = GetString(call.input, "AliasName");
  const bool is_named = name.starts_with("alias/") && name.size() > 6 && name.find(':') == std::string::npos;
  if (!is_named || name.starts_with("alias/aws/")) {
    throw Error(kInvalidAliasName, fmt::format("The alias {} is refused: it must be alias/ and a name, and alias/aws/ "
                                               "is kept for AWS's own keys.",
                                               name));
  }
  return name;
}

store::Key AliasKey(const wire::Call& call, const std::string& name) {
  return {kAliasKind, call.account(), call.region, name};
}

void AddAlias(store::Resource& key, const std::string& name) {
  JsonArray& aliases = key.spec.at("Aliases").as_array();
  if (aliases.size() >= kAliasesMax)
    throw Error(kKeyLimitExceeded, fmt::format("A key has at most {} aliases.", kAliasesMax));
  aliases.emplace_back(name);
  std::ranges::sort(aliases, {}, [](const Json& alias) { return std::string_view(alias.as_string()); });
}

void RemoveAlias(store::Resource& key, const std::string& name) {
  JsonArray& aliases = key.spec.at("Aliases").as_array();
  const auto rest = std::ranges::remove_if(aliases, [&](const Json& alias) { return alias.as_string() == name; });
  aliases.erase(rest.begin(), rest.end());
}

JsonObject Describe(const store::Resource& alias) {
  return {{"AliasName", alias.key.name},
          {"AliasArn", ArnOf(alias.key)},
          {"TargetKeyId", GetString(alias.spec, "TargetKeyId")},
          {"CreationDate", alias.created.ToEpochSeconds()},
          {"LastUpdatedDate", alias.modified.ToEpochSeconds()}};
}

KeyPointer TargetIn(const KeysContext& context, const wire::Call& call) {
  auto key = FindKey(context, call, GetString(call.input, "TargetKeyId"), KeyNames::kIdOrArn);
  RequireNotPendingDeletion(*key);
  return key;
}

std::shared_ptr<const store::Resource> RequireAlias(const KeysContext& context, const wire::Call& call) {
  const store::Key key = AliasKey(call, GetString(call.input, "AliasName"));
  auto alias = context.store.Get(key);
  if (alias == nullptr) throw Error(kKeyNotFound, fmt::format("Alias {} is not found.", ArnOf(key)));
  return alias;
}

void RequireSameUse(const store::Resource& from, const store::Resource& to) {
  const auto is_symmetric = [](const store::Resource& key) {
    return GetString(key.spec, "KeySpec") == kSymmetricDefault;
  };
  if (from.spec.at("KeyUsage") == to.spec.at("KeyUsage") && is_symmetric(from) == is_symmetric(to)) return;
  throw Error(kUnsupported, fmt::format("The alias cannot move from {} to {}: they are not of the same kind and use.",
                                        ArnOf(from.key), ArnOf(to.key)));
}

}  // namespace

Json CreateAlias(const KeysContext& context, wire::Call& call) {
  const std::string name = NewName(call);
  for (;;) {
    store::Resource key = *TargetIn(context, call);
    store::Resource alias;
    alias.key = AliasKey(call, name);
    if (context.store.Get(alias.key) != nullptr)
      throw Error(kAlreadyExists, fmt::format("An alias with the name {} already exists", ArnOf(alias.key)));
    alias.spec = {{"TargetKeyId", key.key.name}};
    alias.created = alias.modified = context.clock.Now();
    AddAlias(key, name);
    const std::array<store::Write, 2> writes{store::Write::Insert(alias), store::Write::Update(key)};
    if (!context.store.Commit(writes)) return {};
  }
}

Json UpdateAlias(const KeysContext& context, wire::Call& call) {
  const std::string name = GetString(call.input, "AliasName");
  for (;;) {
    store::Resource alias = *RequireAlias(context, call);
    store::Resource to = *TargetIn(context, call);
    store::Resource from = *FindKey(context, call, GetString(alias.spec, "TargetKeyId"), KeyNames::kIdOrArn);
    context.authorizer.Check(
        call, {KeyAccess(context, call, from, "kms:UpdateAlias"), KeyAccess(context, call, to, "kms:UpdateAlias")});
    alias.modified = context.clock.Now();
    if (from.key == to.key) {
      if (context.store.Update(alias)) return {};
      continue;
    }
    RequireSameUse(from, to);
    alias.spec = {{"TargetKeyId", to.key.name}};
    RemoveAlias(from, name);
    AddAlias(to, name);
    const std::array<store::Write, 3> writes{store::Write::Update(alias), store::Write::Update(from),
                                             store::Write::Update(to)};
    if (!context.store.Commit(writes)) return {};
  }
}

Json DeleteAlias(const KeysContext& context, wire::Call& call) {
  for (;;) {
    const auto alias = RequireAlias(context, call);
    store::Resource key = *FindKey(context, call, GetString(alias->spec, "TargetKeyId"), KeyNames::kIdOrArn);
    context.authorizer.Check(call, {KeyAccess(context, call, key, "kms:DeleteAlias")});
    RemoveAlias(key, alias->key.name);
    const std::array<store::Write, 2> writes{store::Write::Delete(*alias), store::Write::Update(key)};
    if (!context.store.Commit(writes)) return {};
  }
}

Json ListAliases(const KeysContext& context, wire::Call& call) {
  if (Find(call.input, "KeyId") != nullptr) {
    std::vector<ListedItem> items;
    for (const Json& name : AliasesOf(*KeyIn(context, call))) {
      const auto alias = context.store.Get(AliasKey(call, std::string(name.as_string())));
      if (alias != nullptr) items.push_back({alias->key.name, Describe(*alias)});
    }
    return PageOf(call, "Aliases", items, kPageDefault);
  }
  JsonArray aliases;
  const store::Page page = PageOf(context.store, call, kAliasKind, kPageDefault);
  for (const auto& alias : page.resources) aliases.push_back(Describe(*alias));
  JsonObject out{{"Aliases", std::move(aliases)}, {"Truncated", !page.next_token.empty()}};
  if (!page.next_token.empty()) out["NextMarker"] = page.next_token;
  return out;
}

}  // namespace sagebrush::keys
