// The first start of a data directory: account, root access key, default role.
#include <fmt/format.h>

#include "base/encoding.h"
#include "base/id.h"
#include "base/log.h"
#include "identity/credentials_file.h"
#include "identity/identity.h"

namespace sagebrush::identity {
namespace {

constexpr std::string_view kSecretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Besides SageMaker whoever in the account may assume roles: notebooks and the SDK's tests run under this role.
constexpr std::string_view kSageMakerTrust = R"({{
  "Version": "2012-10-17",
  "Statement": [
    {{"Effect": "Allow", "Principal": {{"Service": "sagemaker.amazonaws.com"}}, "Action": "sts:AssumeRole"}},
    {{"Effect": "Allow", "Principal": {{"AWS": "{}"}}, "Action": ["sts:AssumeRole", "sts:TagSession"]}}
  ]
}})";
constexpr int kDefaultRoleSeconds = 12 * 3600;

// Does nothing when it is there already: what an earlier start that crashed left.
void InsertOnce(store::Store& store, std::string_view kind, std::string_view account, std::string_view name, Json spec,
                Time now) {
  store::Resource resource;
  resource.key = {std::string(kind), std::string(account), "", std::string(name)};
  resource.spec = std::move(spec);
  resource.created = resource.modified = now;
  store.Insert(resource);
}

void MakeDefaultRole(store::Store& store, Time now) {
  const std::string name(kDefaultRole);
  InsertOnce(store, kRoleKind, kDefaultAccount, name,
             JsonObject{{"Path", "/"},
                        {"RoleId", NewUniqueId("AROA")},
                        {"Arn", fmt::format("arn:aws:iam::{}:role/{}", kDefaultAccount, name)},
                        {"AssumeRolePolicyDocument", fmt::format(kSageMakerTrust, RootArn(kDefaultAccount))},
                        {"Description", "What SageMaker jobs run as unless told otherwise."},
                        {"MaxSessionDuration", kDefaultRoleSeconds},
                        {"Tags", JsonArray()},
                        {"InlinePolicies", JsonObject()},
                        {"AttachedPolicies", JsonArray{"arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"}}},
             now);
}

// The file is written before the account: a start that crashes between the two takes the same key again.
void MakeAccount(store::Store& store, const ServerKey& key, const Path& file, Time now) {
  auto credentials = ReadCredentialsFile(file);
  if (!credentials) {
    credentials = wire::Credentials{NewUniqueId("AKIA"), RandomText(40, kSecretAlphabet), ""};
    WriteCredentialsFile(file, *credentials);
  }
  const std::string& id = credentials->access_key_id;
  InsertOnce(store, kAccessKeyKind, "", id,
             JsonObject{{"Account", kDefaultAccount},
                        {"UserName", ""},
                        {"Status", "Active"},
                        {"SealedSecret", ToBase64(key.Seal(credentials->secret_key, id))}},
             now);
  MakeDefaultRole(store, now);
  InsertOnce(store, kAccountKind, kDefaultAccount, kDefaultAccount,
             JsonObject{{"AccessKeys", JsonArray{Json(id)}}, {"RootAccessKeyId", id}}, now);
}

// A credentials file that was lost is written again.
void RestoreFile(const Identity& identity, const store::Resource& account, const Path& file) {
  if (ReadCredentialsFile(file)) return;
  const auto key = identity.directory().FindAccessKey(GetString(account.spec, "RootAccessKeyId"));
  if (key == nullptr) return;
  WriteCredentialsFile(file, {key->id, key->secret, ""});
  LogWarning("{} was missing and has been written again.", file.string());
}

}  // namespace

Identity::Identity(store::Store& store, const Path& data_dir, const Clock& clock, const MasterKeySource& master)
    : store_(store),
      key_(ServerKey::OpenOrCreate(data_dir / "server.key", master)),
      clock_(clock),
      directory_(store, key_) {}

std::unique_ptr<Identity> Identity::Bootstrap(store::Store& store, const Path& data_dir, const Clock& clock,
                                              const MasterKeySource& master) {
  std::unique_ptr<Identity> identity(new Identity(store, data_dir, clock, master));
  const Path file = data_dir / "credentials";
  const std::string id(kDefaultAccount);
  if (const auto account = store.Get({std::string(kAccountKind), id, "", id})) {
    RestoreFile(*identity, *account, file);
  } else {
    MakeAccount(store, identity->server_key(), file, clock.Now());
  }
  identity->directory().Forget();
  return identity;
}

}  // namespace sagebrush::identity
