#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "base/json.h"

namespace sagebrush {

enum class Fault { kClient, kServer };

// One row per error that a caller can see. `code` is what clients match on.
struct ErrorKind {
  std::string_view code;
  int http_status;
  Fault fault;
};

// Errors that belong to no single service. A service keeps its own rows in its folder.
inline constexpr ErrorKind kValidation{"ValidationException", 400, Fault::kClient};
inline constexpr ErrorKind kResourceNotFound{"ResourceNotFound", 400, Fault::kClient};
inline constexpr ErrorKind kResourceInUse{"ResourceInUse", 400, Fault::kClient};
inline constexpr ErrorKind kResourceLimitExceeded{"ResourceLimitExceeded", 400, Fault::kClient};
inline constexpr ErrorKind kAccessDenied{"AccessDeniedException", 403, Fault::kClient};
inline constexpr ErrorKind kUnknownOperation{"UnknownOperationException", 404, Fault::kClient};
inline constexpr ErrorKind kThrottling{"ThrottlingException", 400, Fault::kClient};
inline constexpr ErrorKind kInternalFailure{"InternalFailure", 500, Fault::kServer};
inline constexpr ErrorKind kServiceUnavailable{"ServiceUnavailable", 503, Fault::kServer};

// What ends a request, a reconcile or a job. Caught in three places only: gateway, reconcile loop, algorithm runner.
// The message says what happened, where, and what to do about it; it is shown to the user as it stands.
class Error : public std::runtime_error {
 public:
  // The message may quote bytes of any kind; what() has them legible (base/text.h), so it is UTF-8 and has no NUL.
  Error(const ErrorKind& kind, const std::string& message, Json members = Json(nullptr));

  const ErrorKind& kind() const { return kind_; }
  // Further members of the error's shape besides its message (OriginalStatusCode, ...); null when there are none.
  const Json& members() const { return members_; }

 private:
  ErrorKind kind_;
  Json members_;
};

// An Error of kind kInternalFailure for a failed system call: "<what>: <strerror(errno)>".
[[noreturn]] void ThrowSystemError(std::string_view what);

}  // namespace sagebrush
