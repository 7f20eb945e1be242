#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "identity/condition.h"
#include "identity/directory.h"
#include "wire/call.h"

namespace sagebrush::identity {

// The condition keys of a request: first those that the access carries, then what follows from who makes it and when,
// then from the request itself (where it came from, with what).
class PrincipalFacts : public RequestFacts {
 public:
  // `entry` may be nullptr (anonymous), and so may `call`: the server acts by itself. All arguments outlive this.
  PrincipalFacts(const wire::Principal& principal, const IdentityEntry* entry, const JsonObject& context, Time now,
                 const wire::Call* call = nullptr)
      : principal_(principal), entry_(entry), context_(context), now_(now), call_(call) {}

  std::optional<std::vector<std::string>> Values(std::string_view key) const override;

 private:
  std::optional<std::string> OfPrincipal(std::string_view key) const;
  std::optional<std::string> OfSession(std::string_view key) const;
  std::optional<std::string> OfRequest(std::string_view key) const;
  std::optional<std::string> Tag(std::string_view key) const;
  std::string PrincipalType() const;
  bool IsFederatedUser() const;  // Of GetFederationToken.
  std::optional<std::string> UserName() const;

  const wire::Principal& principal_;
  const IdentityEntry* entry_;
  const JsonObject& context_;
  const Time now_;
  const wire::Call* call_;
};

}  // namespace sagebrush::identity
