#include "base/error.h"

#include <cerrno>
#include <system_error>

namespace sagebrush {

void ThrowSystemError(std::string_view what) {
  const int error = errno;
  throw Error(kInternalFailure, std::string(what) + ": " + std::generic_category().message(error));
}

}  // namespace sagebrush
