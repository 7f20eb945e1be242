#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "identity/policy.h"
#include "identity/server_key.h"
#include "identity/session.h"
#include "store/store.h"

namespace sagebrush::identity {

// Kinds of documents.
inline constexpr std::string_view kAccountKind = "iam-account";  // Named by account id.
inline constexpr std::string_view kUserKind = "iam-user";
inline constexpr std::string_view kRoleKind = "iam-role";
inline constexpr std::string_view kGroupKind = "iam-group";
inline constexpr std::string_view kPolicyKind = "iam-policy";
inline constexpr std::string_view kInstanceProfileKind = "iam-instance-profile";
inline constexpr std::string_view kOidcProviderKind = "iam-oidc-provider";  // Named by the URL without its scheme.
inline constexpr std::string_view kSamlProviderKind = "iam-saml-provider";
inline constexpr std::string_view kAccessKeyKind = "iam-access-key";  // Of no account: a request names only its key.

struct AccessKey {
  std::string id;
  std::string secret;
  std::string account;
  std::string user_name;     // Empty: the account's root.
  std::string identity_arn;  // Of the user or root.
  std::string identity_id;
  bool active = true;
};

struct NamedPolicy {
  std::string name;
  std::shared_ptr<const Policy> policy;
};

// A user, role, group or account root with all that decides what it may do, compiled. Nobody signs as a group.
struct IdentityEntry {
  std::string arn;
  std::string account;
  std::string id;    // AIDA..., AROA..., AGPA..., or the account id.
  std::string name;  // Empty for root.
  bool is_role = false;
  bool is_root = false;
  std::vector<NamedPolicy> policies;       // Of a user also those of its groups.
  std::shared_ptr<const Policy> boundary;  // nullptr: none.
  std::shared_ptr<const Policy> trust;     // Roles only.
  std::int64_t session_seconds_max = 3600;
  std::vector<std::pair<std::string, std::string>> tags;  // Keys in lower case.
};

std::string RootArn(std::string_view account);

// What the hot path needs of IAM's documents, compiled once and kept until a document changes.
// Safe to call from any thread.
class Directory {
 public:
  // Subscribes to `store`; both must outlive it.
  Directory(store::Store& store, const ServerKey& key);

  // nullptr: no such thing.
  std::shared_ptr<const AccessKey> FindAccessKey(const std::string& id) const;
  std::shared_ptr<const IdentityEntry> FindIdentity(const std::string& arn) const;
  // nullptr: the token is not of this server.
  std::shared_ptr<const Session> FindSession(const std::string& token) const;
  // What a kept policy names a principal by: a user's or role's unique id, else the name itself.
  // Throws Error(kMalformedPolicy) when there is no such user or role.
  std::string PinnedName(const std::string& name) const;
  // The ARN behind a unique id; the name itself when it is none, or what bore the id is gone.
  std::string ShownName(const std::string& name) const;
  // The compiled form of a document that comes with requests: bucket policies and session policies. One that cannot be
  // read denies everything.
  std::shared_ptr<const Policy> Compile(const std::string& text, PolicyType type) const;
  // The text of a managed policy's default version; nullptr: no such policy.
  std::shared_ptr<const std::string> PolicyText(const std::string& arn, const std::string& account) const;

  // Forgets everything kept. The store's changes do it; after an own write it makes the write visible at once.
  void Forget();

 private:
  template <typename Value>
  class Cache;

  std::shared_ptr<const AccessKey> LoadAccessKey(const std::string& id) const;
  std::shared_ptr<const IdentityEntry> LoadIdentity(const std::string& arn) const;
  std::shared_ptr<IdentityEntry> LoadPrincipal(std::string_view kind, const std::string& account,
                                               const std::string& name) const;
  void AddPolicies(const Json& spec, IdentityEntry& entry) const;
  void AddGroupPolicies(const Json& spec, IdentityEntry& entry) const;

  store::Store& store_;
  const ServerKey& key_;
  std::unique_ptr<Cache<AccessKey>> access_keys_;
  std::unique_ptr<Cache<IdentityEntry>> identities_;
  std::unique_ptr<Cache<Session>> sessions_;
  std::unique_ptr<Cache<Policy>> policies_;

 public:
  ~Directory();
};

}  // namespace sagebrush::identity
