#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/mutex.h"
#include "identity/directory.h"
#include "identity/evaluation.h"
#include "identity/last_uses.h"
#include "identity/server_key.h"
#include "store/store.h"
#include "wire/call.h"
#include "wire/http.h"
#include "wire/sigv4.h"

namespace sagebrush::identity {

inline constexpr std::string_view kDefaultAccount = "123456789012";
inline constexpr std::string_view kDefaultRole = "SageMakerRole";

// Who makes a request, proved by its signature.
struct Authenticated {
  wire::Principal principal;
  std::optional<wire::Signature> signature;  // nullopt: not signed, an anonymous principal.
  std::string secret_key;                    // What the signature was made with: wire::DecodeBody needs it.
};

// What a job runs with.
struct ServiceSession {
  wire::Principal principal;
  wire::Credentials credentials;
  Time expires;
};

// Says who makes a request and what they may do. Safe to call from any thread.
class Identity : public wire::Authorizer {
 public:
  // Opens the identities of a data directory. At the first start it makes the account kDefaultAccount, its root access
  // key (also written to <data_dir>/credentials, in the form of an AWS credentials file) and the role kDefaultRole,
  // which SageMaker may assume, with AmazonSageMakerFullAccess. May be repeated after a crash. `store` and `clock` must
  // outlive it.
  static std::unique_ptr<Identity> Bootstrap(store::Store& store, const Path& data_dir, const Clock& clock,
                                             const MasterKeySource& master = {});

  // Throws Error in the words of the service that is asked when the key is unknown or not active, the session token is
  // not ours or has expired, or the signature does not hold. An unsigned request is anonymous where it may be one of
  // S3 or of a query service, and an Error elsewhere. The body is not looked at: wire::CheckBody and wire::DecodeBody
  // do that.
  Authenticated Authenticate(const wire::HttpRequest& request, Time now) const;
  // The same for a signature that was read from the request already.
  Authenticated Authenticate(const wire::HttpRequest& request, std::optional<wire::Signature> signature,
                             Time now) const;

  // The same where not the request was signed but a text that came in it: the policy of a form upload to S3.
  Authenticated AuthenticateText(const wire::HttpRequest& request, wire::Signature signature, std::string_view text,
                                 Time now) const;

  void Check(const wire::Call& call, const std::vector<wire::Access>& accesses) const override;
  void Check(const wire::Principal& principal, const std::vector<wire::Access>& accesses) const override;
  std::string PinPolicy(std::string_view text) const override;
  std::string ShowPolicy(std::string_view pinned) const override;
  // As PinPolicy, for a role's trust policy.
  std::string PinTrustPolicy(std::string_view text) const;

  // Whether the call's principal may do `action` (sts:AssumeRole, sts:TagSession) to `role`: the role's trust policy
  // must name it or its account, and in the latter case its own policies must allow it too.
  bool MayAssume(const wire::Call& call, const IdentityEntry& role, const std::string& action,
                 const JsonObject& context) const;

  // Whether the bearer of a token of `provider` (its ARN) may do `action` (sts:AssumeRoleWithWebIdentity,
  // sts:TagSession, sts:SetSourceIdentity) to `role`: its trust policy alone decides.
  bool MayAssumeFederated(const std::string& provider, const IdentityEntry& role, const std::string& action,
                          const JsonObject& context, const wire::Call& call) const;

  // Assumes a role for a service acting inside the server ("sagemaker.amazonaws.com") on behalf of the resource
  // `source_arn` (empty: none yet), which trust policies see as aws:SourceArn. Throws Error(kValidation) that says what
  // to do when the role is missing or its trust policy does not let the service in.
  ServiceSession AssumeServiceRole(const std::string& role_arn, const std::string& session_name,
                                   std::string_view service, Milliseconds lifetime = std::chrono::hours(12),
                                   const std::string& source_arn = "") const;

  // The principal that a session of `entry` (a role or user) acts as.
  static wire::Principal PrincipalOf(const IdentityEntry& entry, const Session& session);

  store::Store& store() const { return store_; }
  Directory& directory() const { return directory_; }
  const ServerKey& server_key() const { return key_; }
  const Clock& clock() const { return clock_; }
  LastUses& last_uses() const { return last_uses_; }
  // Held while a name is looked for and taken: names are unique without regard to case, which the store's keys are not.
  Mutex& naming() const { return naming_; }

 private:
  Identity(store::Store& store, const Path& data_dir, const Clock& clock, const MasterKeySource& master);
  void Check(const wire::Principal& principal, const std::vector<wire::Access>& accesses, const wire::Call* call) const;
  Decision Evaluate(const wire::Principal& principal, const wire::Access& access, const wire::Call* call) const;
  // Throws Error unless what came was signed with the secret.
  using SecretCheck = std::function<void(const wire::Signature& signature, std::string_view secret)>;
  Authenticated AuthenticateBy(const SecretCheck& check, const wire::HttpRequest& request, wire::Signature signature,
                               Time now) const;
  Authenticated AuthenticateSession(const SecretCheck& check, const wire::HttpRequest& request,
                                    wire::Signature signature, Time now) const;
  Authenticated AuthenticateKey(const SecretCheck& check, const wire::HttpRequest& request,
                                wire::Signature signature) const;

  store::Store& store_;
  const ServerKey key_;
  const Clock& clock_;
  mutable Directory directory_;
  mutable LastUses last_uses_;
  mutable Mutex naming_;
};

}  // namespace sagebrush::identity
