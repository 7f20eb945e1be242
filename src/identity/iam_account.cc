// The account itself: its summary, its alias, and what its users do not have because nobody signs in with a password.
#include <fmt/format.h>

#include "identity/entities.h"
#include "identity/iam_error.h"
#include "identity/iam_operations.h"

namespace sagebrush::identity {
namespace {

store::Key AccountKey(const std::string& account) { return EntityKey(kAccountKind, account, account); }

Json GetAccountSummary(const Identity& identity, const wire::Call& call) {
  JsonObject map;
  for (const EntityKind* const kind :
       {&kUserEntity, &kGroupEntity, &kRoleEntity, &kPolicyEntity, &kInstanceProfileEntity}) {
    const std::string name = PluralOf(*kind);
    map[name] = static_cast<std::int64_t>(ListDocuments(identity, kind->kind, call.account()).size());
    map[name + "Quota"] = static_cast<std::int64_t>(kind->account_max);
  }
  map["Providers"] = static_cast<std::int64_t>(ListDocuments(identity, kOidcProviderKind, call.account()).size() +
                                               ListDocuments(identity, kSamlProviderKind, call.account()).size());
  const Json quotas = JsonObject{{"AccessKeysPerUserQuota", 2},
                                 {"VersionsPerPolicyQuota", 5},
                                 {"GroupsPerUserQuota", 10},
                                 {"AttachedPoliciesPerUserQuota", 10},
                                 {"AttachedPoliciesPerGroupQuota", 10},
                                 {"AttachedPoliciesPerRoleQuota", 10},
                                 {"UserPolicySizeQuota", 2048},
                                 {"GroupPolicySizeQuota", 5120},
                                 {"AssumeRolePolicySizeQuota", 2048},
                                 {"PolicySizeQuota", 6144},
                                 {"AccountAccessKeysPresent", 1},
                                 {"AccountMFAEnabled", 0},
                                 {"AccountPasswordPresent", 0},
                                 {"AccountSigningCertificatesPresent", 0},
                                 {"MFADevices", 0},
                                 {"MFADevicesInUse", 0},
                                 {"ServerCertificates", 0},
                                 {"ServerCertificatesQuota", 0}};
  for (const auto& quota : quotas.as_object()) map[quota.key()] = quota.value();
  return JsonObject{{"SummaryMap", std::move(map)}};
}

Json CreateAccountAlias(const Identity& identity, const wire::Call& call) {
  const std::string alias = GetString(call.input, "AccountAlias");
  ChangeDocument(identity, AccountKey(call.account()), "", [&](store::Resource& account) {
    account.spec.as_object()["Alias"] = alias;  // An account has one: another one takes its place, as in AWS.
  });
  return JsonObject();
}

Json DeleteAccountAlias(const Identity& identity, const wire::Call& call) {
  const std::string alias = GetString(call.input, "AccountAlias");
  ChangeDocument(identity, AccountKey(call.account()), "", [&](store::Resource& account) {
    if (GetString(account.spec, "Alias") != alias) {
      throw Error(kNoSuchEntity, fmt::format("The account alias {} cannot be found.", alias));
    }
    account.spec.as_object().erase("Alias");
  });
  return JsonObject();
}

Json ListAccountAliases(const Identity& identity, const wire::Call& call) {
  const auto account = identity.store().Get(AccountKey(call.account()));
  const std::string alias = account == nullptr ? "" : GetString(account->spec, "Alias");
  std::vector<std::pair<std::string, Json>> rows;
  if (!alias.empty()) rows.emplace_back(alias, alias);
  return MakePage(call.input, "AccountAliases", std::move(rows));
}

Json NoPasswordPolicy(const Identity&, const wire::Call& call) {
  throw Error(kNoSuchEntity, fmt::format("The Password Policy with domain name {} cannot be found.", call.account()));
}

Json NoLoginProfile(const Identity& identity, const wire::Call& call) {
  const std::string name = NameIn(call, kUserEntity);
  GetEntity(identity, kUserEntity, call.account(), name);
  throw Error(kNoSuchEntity, fmt::format("Login Profile for User {} cannot be found.", name));
}

// The lists of what no user has. Programs look through them before they delete a user.
void AddEmptyList(wire::OperationTable& table, const Identity& identity, const std::string& name, const char* member) {
  table.Add("iam", name,
            {[&identity, member](wire::Call& call) {
               const std::string user = GetString(call.input, "UserName");
               if (!user.empty()) GetEntity(identity, kUserEntity, call.account(), user);
               return MakePage(call.input, member, {});
             },
             IamAccess(identity, name)});
}

constexpr const char* kNoPasswords = "Nobody signs in to this server with a password: give the user an access key.";
constexpr const char* kNoMfa = "Nobody signs in to this server with a second factor.";
constexpr const char* kNoCertificates =
    "This server takes no certificates of users: requests are signed with access keys.";
constexpr const char* kNoServices = "The services that these credentials are for are not part of this server.";

}  // namespace

void AddAccountOperations(wire::OperationTable& table, const Identity& identity) {
  AddEach(table, identity,
          {{"GetAccountSummary", GetAccountSummary},
           {"CreateAccountAlias", CreateAccountAlias},
           {"DeleteAccountAlias", DeleteAccountAlias},
           {"ListAccountAliases", ListAccountAliases},
           {"GetAccountPasswordPolicy", NoPasswordPolicy},
           {"DeleteAccountPasswordPolicy", NoPasswordPolicy},
           {"GetLoginProfile", NoLoginProfile},
           {"DeleteLoginProfile", NoLoginProfile}});
  for (const auto& [name, member] : {std::pair{"ListMFADevices", "MFADevices"},
                                     {"ListVirtualMFADevices", "VirtualMFADevices"},
                                     {"ListSigningCertificates", "Certificates"},
                                     {"ListServerCertificates", "ServerCertificateMetadataList"},
                                     {"ListSSHPublicKeys", "SSHPublicKeys"},
                                     {"ListServiceSpecificCredentials", "ServiceSpecificCredentials"}}) {
    AddEmptyList(table, identity, name, member);
  }
  for (const auto& [name, reason] : {std::pair{"CreateLoginProfile", kNoPasswords},
                                     {"UpdateLoginProfile", kNoPasswords},
                                     {"ChangePassword", kNoPasswords},
                                     {"UpdateAccountPasswordPolicy", kNoPasswords},
                                     {"CreateVirtualMFADevice", kNoMfa},
                                     {"EnableMFADevice", kNoMfa},
                                     {"UploadSigningCertificate", kNoCertificates},
                                     {"UploadServerCertificate", kNoCertificates},
                                     {"UploadSSHPublicKey", kNoServices},
                                     {"CreateServiceSpecificCredential", kNoServices}}) {
    table.Explain("iam", name, reason);
  }
}

}  // namespace sagebrush::identity
