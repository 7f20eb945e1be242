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

// What IAM does with users it does with roles, groups and others as well: this is how they differ.
struct EntityKind {
  std::string_view kind;         // Of the documents.
  std::string_view noun;         // "user": in ARNs and messages.
  std::string_view title;        // "User": in operation names.
  std::string_view name_member;  // "UserName"; where it ends in "Arn", requests name it by its ARN.
  std::string_view id_prefix;    // Empty: it has no unique id.
  std::size_t account_max;       // So many may an account have.
  std::string_view missing;      // What NoSuchEntity and EntityAlreadyExists say of the name at {}.
  std::string_view taken;
};
inline constexpr EntityKind kUserEntity{.kind = kUserKind,
                                        .noun = "user",
                                        .title = "User",
                                        .name_member = "UserName",
                                        .id_prefix = "AIDA",
                                        .account_max = 5000,
                                        .missing = "The user with name {} cannot be found.",
                                        .taken = "User with name {} already exists."};
inline constexpr EntityKind kRoleEntity{.kind = kRoleKind,
                                        .noun = "role",
                                        .title = "Role",
                                        .name_member = "RoleName",
                                        .id_prefix = "AROA",
                                        .account_max = 1000,
                                        .missing = "The role with name {} cannot be found.",
                                        .taken = "Role with name {} already exists."};
inline constexpr EntityKind kGroupEntity{.kind = kGroupKind,
                                         .noun = "group",
                                         .title = "Group",
                                         .name_member = "GroupName",
                                         .id_prefix = "AGPA",
                                         .account_max = 300,
                                         .missing = "The group with name {} cannot be found.",
                                         .taken = "Group with name {} already exists."};
inline constexpr EntityKind kInstanceProfileEntity{.kind = kInstanceProfileKind,
                                                   .noun = "instance-profile",
                                                   .title = "InstanceProfile",
                                                   .name_member = "InstanceProfileName",
                                                   .id_prefix = "AIPA",
                                                   .account_max = 1000,
                                                   .missing = "Instance Profile {} cannot be found.",
                                                   .taken = "Instance Profile {} already exists."};
inline constexpr EntityKind kPolicyEntity{.kind = kPolicyKind,
                                          .noun = "policy",
                                          .title = "Policy",
                                          .name_member = "PolicyArn",
                                          .id_prefix = "ANPA",
                                          .account_max = 1500,
                                          .missing = "Policy {} was not found.",
                                          .taken =
                                              "A policy called {} already exists. Duplicate names are not "
                                              "allowed."};
inline constexpr EntityKind kOidcProviderEntity{.kind = kOidcProviderKind,
                                                .noun = "oidc-provider",
                                                .title = "OpenIDConnectProvider",
                                                .name_member = "OpenIDConnectProviderArn",
                                                .id_prefix = "",
                                                .account_max = 100,
                                                .missing = "OpenIDConnect Provider not found for url https://{}",
                                                .taken = "Provider with url https://{} already exists."};
inline constexpr EntityKind kSamlProviderEntity{.kind = kSamlProviderKind,
                                                .noun = "saml-provider",
                                                .title = "SAMLProvider",
                                                .name_member = "SAMLProviderArn",
                                                .id_prefix = "",
                                                .account_max = 100,
                                                .missing = "SAML provider {} cannot be found.",
                                                .taken = "Provider with name {} already exists."};

using ResourcePointer = std::shared_ptr<const store::Resource>;

store::Key EntityKey(std::string_view kind, const std::string& account, const std::string& name);
// Throws NoSuchEntity.
ResourcePointer GetEntity(const Identity& identity, const EntityKind& kind, const std::string& account,
                          const std::string& name);
// Applies `change` to the document and writes it; reads and applies again when another writer came first. What `change`
// throws ends it, with nothing written. `missing` is the message for NoSuchEntity.
store::Resource ChangeDocument(const Identity& identity, const store::Key& key, const std::string& missing,
                               const std::function<void(store::Resource&)>& change);
// A document of ChangeTogether, and what NoSuchEntity says when it is missing.
struct NamedDocument {
  store::Key key;
  std::string missing;
};
// As ChangeDocument, of several documents in one commit. `change` gets them in the order of `documents`.
std::vector<store::Resource> ChangeTogether(const Identity& identity, const std::vector<NamedDocument>& documents,
                                            const std::function<void(std::vector<store::Resource>&)>& change);
NamedDocument Named(const EntityKind& kind, const std::string& account, const std::string& name);
store::Resource ChangeEntity(const Identity& identity, const EntityKind& kind, const std::string& account,
                             const std::string& name, const std::function<void(store::Resource&)>& change);
// Throws DeleteConflict when it has inline or attached policies.
void RequireNoPolicies(const store::Resource& entity);
// Deletes a document as it was read. Throws ConcurrentModification when it was changed meanwhile.
void DeleteEntity(const Identity& identity, const store::Resource& entity);
// Every document of a kind in an account, by name.
std::vector<ResourcePointer> ListDocuments(const Identity& identity, std::string_view kind, const std::string& account);

// Path, id, ARN and tags of a new document, as the input has them; the rest is the caller's to add.
store::Resource NewEntity(const Identity& identity, const wire::Call& call, const EntityKind& kind,
                          const std::string& name);
// Writes a new document. Throws EntityAlreadyExists when one has its name, whatever the case of its letters, and
// LimitExceeded when the account has as many as it may.
void InsertEntity(const Identity& identity, const EntityKind& kind, store::Resource& entity);

// A document that names another one that is renamed, and how it then changes.
struct Mention {
  store::Key key;
  std::function<void(Json& spec)> change;
};
// Gives a document the name and path that the input's New... members ask for, if they do, and changes what mentions it
// in the same commit. Throws as InsertEntity.
void RenameEntity(
    const Identity& identity, const wire::Call& call, const EntityKind& kind,
    const std::function<std::vector<Mention>(const store::Resource&, const std::string& new_name)>& mentions);

// Roles below this path are a service's own: only the service changes what they may do.
inline constexpr std::string_view kServiceRolePath = "/aws-service-role/";
// Throws UnmodifiableEntity for such a role.
void RequireModifiable(const store::Resource& entity);
// Throws NoSuchEntity when there is no managed policy with that ARN.
void RequirePolicy(const Identity& identity, const std::string& account, const std::string& arn);
// Sets the permissions boundary that the input asks for, if it does. Throws as RequirePolicy.
void SetBoundary(const Identity& identity, const wire::Call& call, store::Resource& entity);

// The name in the call's input; for users it may be left out and is then the caller's own.
std::string NameIn(const wire::Call& call, const EntityKind& kind);

// Rows in order of their unique keys, cut to the page that Marker and MaxItems ask for, as
// {`list_member`: [...], IsTruncated, Marker}.
Json MakePage(const Json& input, std::string_view list_member, std::vector<std::pair<std::string, Json>> rows);

// Names under `member`, which a document of before the member may lack.
std::vector<std::string> NamesIn(const Json& spec, std::string_view member);
void AddName(Json& spec, std::string_view member, const std::string& name);  // Once.
bool RemoveName(Json& spec, std::string_view member, const std::string& name);

std::string PluralOf(const EntityKind& kind);  // "Policies"

// Tags as the API has them, [{Key, Value}]. Throws InvalidInput for a key twice, LimitExceeded above 50.
JsonArray MergeTags(const Json& spec, const JsonArray& added);
JsonArray RemoveTags(const Json& spec, const JsonArray& keys);

// iam:`action` on what the input names, else the account's all.
wire::AccessRule IamAccess(const Identity& identity, std::string action);

}  // namespace sagebrush::identity
