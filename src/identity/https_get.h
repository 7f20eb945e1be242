#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/clock.h"

namespace sagebrush::identity {

struct HttpsLimits {
  Milliseconds time{5000};  // From the first packet to the last; looking up the name is the system's and not in it.
  std::size_t bytes = 256 * 1024;
};

// The body of the reply 200 to a GET of `url` (https:// only; a redirect is not followed). The server must prove its
// name by a certificate that this machine trusts, or by a chain that has a certificate with one of `thumbprints` in it
// (SHA-1 in lower-case hex, as IAM has them for OpenID Connect providers). Blocks the thread within the limits. Throws
// Error(kProviderUnreachable) that says what failed.
std::string HttpsGet(const std::string& url, const std::vector<std::string>& thumbprints,
                     const HttpsLimits& limits = {});

}  // namespace sagebrush::identity
