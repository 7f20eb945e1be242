#pragma once

#include <string>
#include <string_view>

#include "identity/server_key.h"

// What CreateGrant gives for a grant. Here a grant counts at once, so that a token adds no right; it names its grant.
namespace sagebrush::keys {

// `grant`: the name of its resource.
std::string TokenOfGrant(const identity::ServerKey& server_key, std::string_view grant);
// Throws Error(InvalidGrantTokenException) when it is not one that this server made.
std::string GrantOfToken(const identity::ServerKey& server_key, std::string_view token);

}  // namespace sagebrush::keys
