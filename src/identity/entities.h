#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "identity/identity.h"
#include "store/store.h"
#include "wire/call.h"

namespace sagebrush::identity {

// What IAM does with users it does with roles as well: this is how they differ.
struct EntityKind {
  std::string_view kind;         // Of the documents.
  std::string_view noun;         // "user": in ARNs and messages.
  std::string_view title;        // "User": in operation names.
  std::string_view name_member;  // "UserName"
};
inline constexpr EntityKind kUserEntity{kUserKind, "user", "User", "UserName"};
inline constexpr EntityKind kRoleEntity{kRoleKind, "role", "Role", "RoleName"};

using ResourcePointer = std::shared_ptr<const store::Resource>;

store::Key EntityKey(std::string_view kind, const std::string& account, const std::string& name);
// Throws NoSuchEntity.
ResourcePointer GetEntity(const Identity& identity, const EntityKind& kind, const std::string& account,
                          const std::string& name);
// Applies `change` to the document and writes it; reads and applies again when another writer came first. What `change`
// throws ends it, with nothing written. `missing` is the message for NoSuchEntity.
store::Resource ChangeDocument(const Identity& identity, const store::Key& key, const std::string& missing,
                               const std::function<void(store::Resource&)>& change);
store::Resource ChangeEntity(const Identity& identity, const EntityKind& kind, const std::string& account,
                             const std::string& name, const std::function<void(store::Resource&)>& change);
// Every document of a kind in an account, by name.
std::vector<ResourcePointer> ListDocuments(const Identity& identity, std::string_view kind, const std::string& account);

// The name in the call's input; for users it may be left out and is then the caller's own.
std::string NameIn(const wire::Call& call, const EntityKind& kind);

// Rows in order of their unique keys, cut to the page that Marker and MaxItems ask for, as
// {`list_member`: [...], IsTruncated, Marker}.
Json MakePage(const Json& input, std::string_view list_member, std::vector<std::pair<std::string, Json>> rows);

// Tags as the API has them, [{Key, Value}]. Throws InvalidInput for a key twice, LimitExceeded above 50.
JsonArray MergeTags(const Json& spec, const JsonArray& added);
JsonArray RemoveTags(const Json& spec, const JsonArray& keys);

// iam:`action` on what the input names: a policy, a user or a role, else the account's all.
wire::AccessRule IamAccess(const Identity& identity, std::string action);

}  // namespace sagebrush::identity
