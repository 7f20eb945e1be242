#include "base/error.h"

#include <cerrno>
#include <system_error>

#include "base/text.h"

namespace sagebrush {

Error::Error(const ErrorKind& kind, const std::string& message, Json members)
    : std::runtime_error(Legible(message)), kind_(kind), members_(std::move(members)) {}

void ThrowSystemError(std::string_view what) {
  const int error = errno;
  throw Error(kInternalFailure, std::string(what) + ": " + std::generic_category().message(error));
}

}  // namespace sagebrush
