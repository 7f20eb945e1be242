// Grants: one principal's right to use one key, beside its policy.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/id.h"
#include "keys/grant.h"
#include "keys/grant_token.h"
#include "keys/key.h"
#include "keys/key_access.h"
#include "keys/key_errors.h"
#include "keys/key_handlers.h"
#include "keys/paging.h"

namespace sagebrush::keys {
namespace {

constexpr std::size_t kGrantsMax = 50'000;  // KMS's quota for a key.
constexpr std::size_t kPageDefault = 50;
constexpr std::size_t kIdBytes = 32;

// The principal as kept policies name it: the Principal element of a statement.
Json Pinned(const KeysContext& context, const std::string& principal) {
  const Json statement = StatementFor({{"AWS", principal}}, "kms:Decrypt");
  try {
    const std::string pinned = context.authorizer.PinPolicy(ToText(JsonObject{{"Statement", JsonArray{statement}}}));
    return ParseJson(pinned).at("Statement").at(0).at("Principal");
  } catch (const Error& error) {
    if (error.kind().fault == Fault::kServer) throw;
    throw Error(kInvalidArn, fmt::format("The principal {} is not the ARN of a user or role that is there, or of the "
                                         "account's root.",
                                         principal));
  }
}

// No wildcard: a grant is somebody's.
Json PinnedArn(const KeysContext& context, const std::string& principal) {
  if (principal.starts_with("arn:")) return Pinned(context, principal);
  throw Error(kInvalidArn, fmt::format("The principal {} is not an ARN.", principal));
}

void RefuseServices(const Json& input) {
  for (const char* member : {"GranteeServicePrincipal", "RetiringServicePrincipal"}) {
    if (Find(input, member) == nullptr) continue;
    throw Error(kUnsupported, fmt::format("The {} is refused: a service of this server uses keys as its own caller or "
                                          "as a role.",
                                          member));
  }
}

// An object without members constrains nothing: null.
Json CheckedConstraints(const store::Resource& key, const Json& input) {
  const Json* const constraints = Find(input, "Constraints");
  if (constraints == nullptr || constraints->as_object().empty()) return nullptr;
  const JsonObject& members = constraints->as_object();
  if (members.contains("SourceArn")) {
    throw Error(kUnsupported,
                "The constraint SourceArn is refused: no service of this server uses keys for a resource "
                "of its own.");
  }
  if (members.size() != 1 || members.begin()->value().as_object().empty()) {
    throw Error(kValidation,
                "Constraints must have EncryptionContextEquals or EncryptionContextSubset, one of them, "
                "with at least one pair.");
  }
  if (GetString(key.spec, "KeySpec") != kSymmetricDefault) {
    throw Error(kValidation, "Constraints on the encryption context need a symmetric encryption key.");
  }
  return *constraints;
}

JsonObject SpecOf(const KeysContext& context, const store::Resource& key, const Json& input) {
  const std::string grantee = GetString(input, "GranteePrincipal");
  if (grantee.empty()) throw Error(kValidation, "GranteePrincipal is required.");
  JsonObject spec{
      {"GranteePrincipal", grantee}, {"Grantee", PinnedArn(context, grantee)}, {"Operations", input.at("Operations")}};
  if (const std::string retiring = GetString(input, "RetiringPrincipal"); !retiring.empty()) {
    spec["RetiringPrincipal"] = retiring;
    spec["Retiring"] = PinnedArn(context, retiring);
  }
  if (Json constraints = CheckedConstraints(key, input); !constraints.is_null())
    spec["Constraints"] = std::move(constraints);
  if (const Json* const name = Find(input, "Name")) spec["Name"] = *name;
  return spec;
}

// A named grant that is asked for again is the same one; without a name each is another.
std::string IdFor(const store::Resource& key, const JsonObject& spec) {
  if (!spec.contains("Name")) return ToHex(RandomBytes(kIdBytes));
  return ToHex(AsText(Sha256(key.uid + ToText(spec))));
}

struct FoundGrant {
  KeyPointer key;
  std::shared_ptr<const store::Resource> grant;
};

// By its id or by a token.
FoundGrant RetiringGrant(const KeysContext& context, const wire::Call& call) {
  std::string key_id = GetString(call.input, "KeyId");
  std::string grant_id = GetString(call.input, "GrantId");
  if (const std::string token = GetString(call.input, "GrantToken"); !token.empty()) {
    if (!key_id.empty() || !grant_id.empty())
      throw Error(kValidation, "Give either a GrantToken, or KeyId and GrantId, not both.");
    const std::string name = GrantOfToken(context.server_key, token);
    key_id = name.substr(0, name.find('/'));
    grant_id = name.substr(name.find('/') + 1);
  }
  KeyPointer key = FindKey(context, call, key_id, KeyNames::kIdOrArn);
  auto grant = context.store.Get({kGrantKind, key->key.account, key->key.region, key->key.name + "/" + grant_id});
  if (grant == nullptr)
    throw Error(kKeyNotFound, fmt::format("Grant {} of {} is not found.", grant_id, ArnOf(key->key)));
  return {std::move(key), std::move(grant)};
}

// Who ends it has been checked. That another caller was first comes to the same.
Json End(const KeysContext& context, const wire::Call& call, const FoundGrant& found) {
  EndDryRun(call.input);
  context.store.Delete(*found.grant);
  return {};
}

JsonObject PageOfGrants(const wire::Call& call, const Grants::List& grants) {
  std::vector<ListedItem> items;
  for (const auto& grant : grants) items.push_back({grant->key.name, DescribeGrant(*grant)});
  return PageOf(call, "Grants", items, kPageDefault);
}

}  // namespace

std::vector<wire::Access> OnRetiredGrant(const KeysContext& context, const wire::Call& call) {
  const auto [key, grant] = RetiringGrant(context, call);
  return {RetireAccess(context, call, *key, *grant)};
}

Json CreateGrant(const KeysContext& context, wire::Call& call) {
  RefuseServices(call.input);
  const KeyPointer key = KeyIn(context, call);
  RequireEnabled(*key);
  store::Resource grant;
  grant.spec = SpecOf(context, *key, call.input);
  const std::string id = IdFor(*key, grant.spec.as_object());
  grant.key = {kGrantKind, key->key.account, key->key.region, key->key.name + "/" + id};
  grant.created = grant.modified = context.clock.Now();
  if (context.grants.Of(key->key).size() >= kGrantsMax)
    throw Error(kKeyLimitExceeded, fmt::format("A key has at most {} grants.", kGrantsMax));
  EndDryRun(call.input);
  // With the key as it was read: a deletion of it that is under way takes all of its grants along.
  store::Resource unchanged = *key;
  const std::array<store::Write, 2> writes{store::Write::Update(unchanged), store::Write::Insert(grant)};
  if (const auto failed = context.store.Commit(writes); failed == 0u)
    throw Error(kKeyState, fmt::format("{} was changed meanwhile. Create the grant again.", ArnOf(key->key)));
  return {{"GrantId", id}, {"GrantToken", TokenOfGrant(context.server_key, grant.key.name)}};
}

Json ListGrants(const KeysContext& context, wire::Call& call) {
  const KeyPointer key = KeyIn(context, call);
  Grants::List grants = context.grants.Of(key->key);
  const auto keep_where = [&](const char* member, const auto& value_of) {
    const std::string wanted = GetString(call.input, member);
    if (!wanted.empty()) std::erase_if(grants, [&](const auto& grant) { return value_of(*grant) != wanted; });
  };
  keep_where("GrantId", GrantIdOf);
  keep_where("GranteePrincipal",
             [](const store::Resource& grant) { return GetString(grant.spec, "GranteePrincipal"); });
  keep_where("GranteeServicePrincipal", [](const store::Resource&) { return std::string(); });  // There are none.
  return PageOfGrants(call, grants);
}

Json ListRetirableGrants(const KeysContext& context, wire::Call& call) {
  const std::string principal = GetString(call.input, "RetiringPrincipal");
  Grants::List grants = context.grants.OfRegion(call.account(), call.region);
  std::erase_if(grants, [&](const auto& grant) {
    return principal.empty() || GetString(grant->spec, "RetiringPrincipal") != principal;
  });
  return PageOfGrants(call, grants);
}

Json RetireGrant(const KeysContext& context, wire::Call& call) {
  return End(context, call, RetiringGrant(context, call));
}

Json RevokeGrant(const KeysContext& context, wire::Call& call) {
  return End(context, call, RetiringGrant(context, call));
}

}  // namespace sagebrush::keys
