// Users, and the access keys that they and the account's root have.
#include <fmt/format.h>

#include "base/encoding.h"
#include "base/id.h"
#include "identity/entities.h"
#include "identity/iam_error.h"
#include "identity/iam_operations.h"

namespace sagebrush::identity {
namespace {

constexpr std::string_view kSecretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

Json UserView(const store::Resource& user, bool with_tags) {
  JsonObject out{{"Path", GetString(user.spec, "Path")},
                 {"UserName", user.key.name},
                 {"UserId", GetString(user.spec, "UserId")},
                 {"Arn", GetString(user.spec, "Arn")},
                 {"CreateDate", user.created.ToEpochSeconds()}};
  const std::string boundary = GetString(user.spec, "PermissionsBoundary");
  if (!boundary.empty()) {
    out["PermissionsBoundary"] =
        JsonObject{{"PermissionsBoundaryType", "Policy"}, {"PermissionsBoundaryArn", boundary}};
  }
  const Json* const tags = Find(user.spec, "Tags");
  if (with_tags && tags != nullptr && !tags->as_array().empty()) out["Tags"] = *tags;
  return out;
}

Json RootView(const Identity& identity, const wire::Call& call) {
  const auto account = identity.store().Get(EntityKey(kAccountKind, call.account(), call.account()));
  return JsonObject{{"Path", "/"},
                    {"UserName", "root"},
                    {"UserId", call.account()},
                    {"Arn", RootArn(call.account())},
                    {"CreateDate", account == nullptr ? 0 : account->created.ToEpochSeconds()}};
}

Json CreateUser(const Identity& identity, const wire::Call& call) {
  const std::string name = GetString(call.input, "UserName");
  const std::string path = GetString(call.input, "Path", "/");
  const Json* const tags = Find(call.input, "Tags");
  store::Resource user;
  user.key = EntityKey(kUserKind, call.account(), name);
  user.created = user.modified = identity.clock().Now();
  user.spec = JsonObject{{"Path", path},
                         {"UserId", NewUniqueId("AIDA")},
                         {"Arn", fmt::format("arn:aws:iam::{}:user{}{}", call.account(), path, name)},
                         {"Tags", MergeTags(JsonObject(), tags ? tags->as_array() : JsonArray())},
                         {"InlinePolicies", JsonObject()},
                         {"AttachedPolicies", JsonArray()},
                         {"AccessKeys", JsonArray()}};
  const std::string boundary = GetString(call.input, "PermissionsBoundary");
  if (!boundary.empty()) user.spec.as_object()["PermissionsBoundary"] = boundary;
  if (!identity.store().Insert(user)) {
    throw Error(kEntityAlreadyExists, fmt::format("User with name {} already exists.", name));
  }
  identity.directory().Forget();
  return JsonObject{{"User", UserView(user, true)}};
}

Json GetUser(const Identity& identity, const wire::Call& call) {
  if (GetString(call.input, "UserName").empty() && call.principal.identity_arn == RootArn(call.account())) {
    return JsonObject{{"User", RootView(identity, call)}};
  }
  return JsonObject{
      {"User", UserView(*GetEntity(identity, kUserEntity, call.account(), NameIn(call, kUserEntity)), true)}};
}

Json ListUsers(const Identity& identity, const wire::Call& call) {
  std::vector<std::pair<std::string, Json>> rows;
  for (const auto& user : ListDocuments(identity, kUserKind, call.account())) {
    if (!GetString(user->spec, "Path").starts_with(GetString(call.input, "PathPrefix"))) continue;
    rows.emplace_back(user->key.name, UserView(*user, false));
  }
  return MakePage(call.input, "Users", std::move(rows));
}

void RefuseDeletion(const store::Resource& user) {
  if (!user.spec.at("AttachedPolicies").as_array().empty()) {
    throw Error(kDeleteConflict, "Cannot delete entity, must detach all policies first.");
  }
  if (!user.spec.at("InlinePolicies").as_object().empty()) {
    throw Error(kDeleteConflict, "Cannot delete entity, must delete policies first.");
  }
  if (!user.spec.at("AccessKeys").as_array().empty()) {
    throw Error(kDeleteConflict, "Cannot delete entity, must delete access keys first.");
  }
}

Json DeleteUser(const Identity& identity, const wire::Call& call) {
  const auto user = GetEntity(identity, kUserEntity, call.account(), GetString(call.input, "UserName"));
  RefuseDeletion(*user);
  if (!identity.store().Delete(*user)) {
    throw Error(kConcurrentModification, "The user was changed meanwhile. Try again.");
  }
  identity.directory().Forget();
  return JsonObject();
}

// The access keys of a renamed user follow it.
void RenameKeys(const Identity& identity, const store::Resource& user, const std::string& new_name) {
  for (const auto& id : user.spec.at("AccessKeys").as_array()) {
    const store::Key key = EntityKey(kAccessKeyKind, "", std::string(id.as_string()));
    if (identity.store().Get(key) == nullptr) continue;
    ChangeDocument(identity, key, "",
                   [&](store::Resource& document) { document.spec.as_object()["UserName"] = new_name; });
  }
}

Json UpdateUser(const Identity& identity, const wire::Call& call) {
  const std::string name = GetString(call.input, "UserName");
  const auto old = GetEntity(identity, kUserEntity, call.account(), name);
  const std::string new_name = GetString(call.input, "NewUserName", name);
  const std::string path = GetString(call.input, "NewPath", GetString(old->spec, "Path"));
  const std::string arn = fmt::format("arn:aws:iam::{}:user{}{}", call.account(), path, new_name);
  const auto apply = [&](store::Resource& user) {
    user.spec.as_object()["Path"] = path;
    user.spec.as_object()["Arn"] = arn;
  };
  if (new_name == name) {
    ChangeEntity(identity, kUserEntity, call.account(), name, apply);
    return JsonObject();
  }
  store::Resource renamed = *old;
  renamed.key.name = new_name;
  renamed.uid.clear();
  apply(renamed);
  if (!identity.store().Insert(renamed)) {
    throw Error(kEntityAlreadyExists, fmt::format("User with name {} already exists.", new_name));
  }
  RenameKeys(identity, renamed, new_name);
  identity.store().Delete(*old);
  identity.directory().Forget();
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
  identity.key_usage().Forget(id);
  return JsonObject();
}

Json GetAccessKeyLastUsed(const Identity& identity, const wire::Call& call) {
  const std::string id = GetString(call.input, "AccessKeyId");
  const auto key = GetKey(identity, call.account(), id);
  const KeyUsage::Use use = identity.key_usage().Last(id);
  JsonObject last{{"ServiceName", "N/A"}, {"Region", "N/A"}};
  if (use.time.milliseconds != 0) {
    last = {{"LastUsedDate", use.time.ToEpochSeconds()}, {"ServiceName", use.service}, {"Region", use.region}};
  }
  return JsonObject{{"UserName", GetString(key->spec, "UserName")}, {"AccessKeyLastUsed", std::move(last)}};
}

using Function = Json (*)(const Identity&, const wire::Call&);

void AddAll(wire::OperationTable& table, const Identity& identity,
            std::initializer_list<std::pair<const char*, Function>> rows) {
  for (const auto& [name, function] : rows) {
    AddIamOperation(table, identity, name,
                    [&identity, function = function](wire::Call& call) { return function(identity, call); });
  }
}

}  // namespace

void AddUserOperations(wire::OperationTable& table, const Identity& identity) {
  AddAll(table, identity,
         {{"CreateUser", CreateUser},
          {"GetUser", GetUser},
          {"ListUsers", ListUsers},
          {"UpdateUser", UpdateUser},
          {"DeleteUser", DeleteUser}});
}

void AddAccessKeyOperations(wire::OperationTable& table, const Identity& identity) {
  AddAll(table, identity,
         {{"CreateAccessKey", CreateAccessKey},
          {"ListAccessKeys", ListAccessKeys},
          {"UpdateAccessKey", UpdateAccessKey},
          {"DeleteAccessKey", DeleteAccessKey},
          {"GetAccessKeyLastUsed", GetAccessKeyLastUsed}});
}

}  // namespace sagebrush::identity
