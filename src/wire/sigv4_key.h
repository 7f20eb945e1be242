#pragma once

#include <string_view>

#include "base/digest.h"

namespace sagebrush::wire {

// The key that signs everything of one access key, day, region and service. Made from `secret_key` in four HMACs and
// kept for the next request on this thread.
HmacSha256Key SigningKey(std::string_view secret_key, std::string_view date, std::string_view region,
                         std::string_view service);

}  // namespace sagebrush::wire
