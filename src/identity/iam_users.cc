// Users, and the access keys that they and the account's root have.
#include <fmt/format.h>

#include "base/encoding.h"
#include "base/id.h"
#include "identity/entities.h"
#include "identity/iam_error.h"
#include "identity/iam_operations.h"
#include "identity/iam_views.h"

namespace sagebrush::identity {
namespace {

constexpr std::string_view kSecretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

Json RootView(const Identity& identity, const wire::Call& call) {
  const auto account = identity.store().Get(EntityKey(kAccountKind, call.account(), call.account()));
  return JsonObject{{"Path", "/"},
                    {"UserName", "root"},
                    {"UserId", call.account()},
                    {"Arn", RootArn(call.account())},
                    {"CreateDate", account == nullptr ? 0 : account->created.ToEpochSeconds()}};
}

Json CreateUser(const Identity& identity, const wire::Call& call) {
  store::Resource user = NewEntity(identity, call, kUserEntity, GetString(call.input, "UserName"));
  JsonObject& spec = user.spec.as_object();
  spec["InlinePolicies"] = JsonObject();
  spec["AttachedPolicies"] = JsonArray();
  spec["AccessKeys"] = JsonArray();
  SetBoundary(identity, call, user);
  InsertEntity(identity, kUserEntity, user);
  return JsonObject{{"User", UserView(user, Detail::kWhole)}};
}

Json GetUser(const Identity& identity, const wire::Call& call) {
  if (GetString(call.input, "UserName").empty() && call.principal.identity_arn == RootArn(call.account())) {
    return JsonObject{{"User", RootView(identity, call)}};
  }
  return JsonObject{
      {"User", UserView(*GetEntity(identity, kUserEntity, call.account(), NameIn(call, kUserEntity)), Detail::kWhole)}};
}

Json ListUsers(const Identity& identity, const wire::Call& call) {
  std::vector<std::pair<std::string, Json>> rows;
  for (const auto& user : ListDocuments(identity, kUserKind, call.account())) {
    if (!GetString(user->spec, "Path").starts_with(GetString(call.input, "PathPrefix"))) continue;
    rows.emplace_back(user->key.name, UserView(*user, Detail::kOutline));
  }
  return MakePage(call.input, "Users", std::move(rows));
}

Json DeleteUser(const Identity& identity, const wire::Call& call) {
  const auto user = GetEntity(identity, kUserEntity, call.account(), GetString(call.input, "UserName"));
  RequireNoPolicies(*user);
  if (!user->spec.at("AccessKeys").as_array().empty()) {
    throw Error(kDeleteConflict, "Cannot delete entity, must delete access keys first.");
  }
  if (!NamesIn(user->spec, "Groups").empty()) {
    throw Error(kDeleteConflict, "Cannot delete entity, must remove users from group first.");
  }
  DeleteEntity(identity, *user);
  return JsonObject();
}

// The access keys of a renamed user follow it, and its groups.
std::vector<Mention> MentionsOf(const store::Resource& user, const std::string& new_name) {
  std::vector<Mention> mentions;
  for (const auto& id : user.spec.at("AccessKeys").as_array()) {
    mentions.push_back({EntityKey(kAccessKeyKind, "", std::string(id.as_string())),
                        [new_name](Json& spec) { spec.as_object()["UserName"] = new_name; }});
  }
  for (const auto& group : NamesIn(user.spec, "Groups")) {
    mentions.push_back({EntityKey(kGroupKind, user.key.account, group), [old = user.key.name, new_name](Json& spec) {
                          RemoveName(spec, "Users", old);
                          AddName(spec, "Users", new_name);
                        }});
  }
  return mentions;
}

Json UpdateUser(const Identity& identity, const wire::Call& call) {
  RenameEntity(identity, call, kUserEntity, MentionsOf);
  return JsonObject();
}

// Keys hang on the user's document, or on the account's for root.
struct KeyOwner {
  store::Key key;
  std::string user_name;  // Empty: root.
  std::string missing;
};

KeyOwner OwnerOf(const wire::Call& call) {
  if (GetString(call.input, "UserName").empty() && call.principal.identity_arn == RootArn(call.account())) {
    return {EntityKey(kAccountKind, call.account(), call.account()), "", "The account cannot be found."};
  }
  const std::string name = NameIn(call, kUserEntity);
  return {EntityKey(kUserKind, call.account(), name), name,
          fmt::format("The user with name {} cannot be found.", name)};
}

Json CreateAccessKey(const Identity& identity, const wire::Call& call) {
  const KeyOwner owner = OwnerOf(call);
  const std::string id = NewUniqueId("AKIA");
  const std::string secret = RandomText(40, kSecretAlphabet);
  // First the owner's list, then the key: a crash between leaves a name without a key, which is skipped.
  ChangeDocument(identity, owner.key, owner.missing, [&](store::Resource& document) {
    JsonArray& keys = document.spec.as_object()["AccessKeys"].as_array();
    if (keys.size() >= 2) throw Error(kLimitExceeded, "Cannot exceed quota for AccessKeysPerUser: 2");
    keys.emplace_back(id);
  });
  store::Resource key;
  key.key = EntityKey(kAccessKeyKind, "", id);
  key.created = key.modified = identity.clock().Now();
  key.spec = JsonObject{{"Account", call.account()},
                        {"UserName", owner.user_name},
                        {"Status", "Active"},
                        {"SealedSecret", ToBase64(identity.server_key().Seal(secret, id))}};
  identity.store().Insert(key);
  identity.directory().Forget();
  return JsonObject{{"AccessKey", JsonObject{{"UserName", owner.user_name},
                                             {"AccessKeyId", id},
                                             {"Status", "Active"},
                                             {"SecretAccessKey", secret},
                                             {"CreateDate", key.created.ToEpochSeconds()}}}};
}

Json ListAccessKeys(const Identity& identity, const wire::Call& call) {
  const KeyOwner owner = OwnerOf(call);
  const auto document = identity.store().Get(owner.key);
  if (document == nullptr) throw Error(kNoSuchEntity, owner.missing);
  std::vector<std::pair<std::string, Json>> rows;
  for (const auto& item : document->spec.at("AccessKeys").as_array()) {
    const std::string id(item.as_string());
    const auto key = identity.store().Get(EntityKey(kAccessKeyKind, "", id));
    if (key == nullptr) continue;
    rows.emplace_back(id, JsonObject{{"UserName", owner.user_name},
                                     {"AccessKeyId", id},
                                     {"Status", GetString(key->spec, "Status")},
                                     {"CreateDate", key->created.ToEpochSeconds()}});
  }
  return MakePage(call.input, "AccessKeyMetadata", std::move(rows));
}

ResourcePointer GetKey(const Identity& identity, const std::string& account, const std::string& id) {
  auto key = identity.store().Get(EntityKey(kAccessKeyKind, "", id));
  if (key == nullptr || GetString(key->spec, "Account") != account) {
    throw Error(kNoSuchEntity, fmt::format("The Access Key with id {} cannot be found.", id));
  }
  return key;
}

Json UpdateAccessKey(const Identity& identity, const wire::Call& call) {
  const KeyOwner owner = OwnerOf(call);
  const std::string id = GetString(call.input, "AccessKeyId");
  const auto key = GetKey(identity, call.account(), id);
  const std::string missing = fmt::format("The Access Key with id {} cannot be found.", id);
  if (GetString(key->spec, "UserName") != owner.user_name) throw Error(kNoSuchEntity, missing);
  ChangeDocument(identity, key->key, missing, [&](store::Resource& document) {
    document.spec.as_object()["Status"] = GetString(call.input, "Status");
  });
  return JsonObject();
}

Json DeleteAccessKey(const Identity& identity, const wire::Call& call) {
  const KeyOwner owner = OwnerOf(call);
  const std::string id = GetString(call.input, "AccessKeyId");
  const auto key = GetKey(identity, call.account(), id);
  if (GetString(key->spec, "UserName") != owner.user_name) {
    throw Error(kNoSuchEntity, fmt::format("The Access Key with id {} cannot be found.", id));
  }
  identity.store().Delete(*key);
  ChangeDocument(identity, owner.key, owner.missing, [&](store::Resource& document) {
    JsonArray& keys = document.spec.as_object()["AccessKeys"].as_array();
    keys.erase(std::remove_if(keys.begin(), keys.end(), [&](const Json& k) { return k.as_string() == id; }),
               keys.end());
  });
  identity.last_uses().Forget(id);
  return JsonObject();
}

Json GetAccessKeyLastUsed(const Identity& identity, const wire::Call& call) {
  const std::string id = GetString(call.input, "AccessKeyId");
  const auto key = GetKey(identity, call.account(), id);
  const LastUses::Use use = identity.last_uses().Last(id);
  JsonObject last{{"ServiceName", "N/A"}, {"Region", "N/A"}};
  if (use.time.milliseconds != 0) {
    last = {{"LastUsedDate", use.time.ToEpochSeconds()}, {"ServiceName", use.service}, {"Region", use.region}};
  }
  return JsonObject{{"UserName", GetString(key->spec, "UserName")}, {"AccessKeyLastUsed", std::move(last)}};
}

}  // namespace

void AddUserOperations(wire::OperationTable& table, const Identity& identity) {
  AddEach(table, identity,
          {{"CreateUser", CreateUser},
           {"GetUser", GetUser},
           {"ListUsers", ListUsers},
           {"UpdateUser", UpdateUser},
           {"DeleteUser", DeleteUser}});
}

void AddAccessKeyOperations(wire::OperationTable& table, const Identity& identity) {
  AddEach(table, identity,
          {{"CreateAccessKey", CreateAccessKey},
           {"ListAccessKeys", ListAccessKeys},
           {"UpdateAccessKey", UpdateAccessKey},
           {"DeleteAccessKey", DeleteAccessKey},
           {"GetAccessKeyLastUsed", GetAccessKeyLastUsed}});
}

}  // namespace sagebrush::identity
