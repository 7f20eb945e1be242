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

// The condition keys of a request: first those that the access carries, then what follows from who makes it and when.
class PrincipalFacts : public RequestFacts {
 public:
  // `entry` may be nullptr (anonymous). All arguments outlive this.
  PrincipalFacts(const wire::Principal& principal, const IdentityEntry* entry, const JsonObject& context, Time now)
      : principal_(principal), entry_(entry), context_(context), now_(now) {}

  std::optional<std::vector<std::string>> Values(std::string_view key) const override;

 private:
  std::optional<std::string> OfPrincipal(std::string_view key) const;
  std::optional<std::string> Tag(std::string_view key) const;
  std::string PrincipalType() const;
  std::optional<std::string> UserName() const;

  const wire::Principal& principal_;
  const IdentityEntry* entry_;
  const JsonObject& context_;
  const Time now_;
};

}  // namespace sagebrush::identity
