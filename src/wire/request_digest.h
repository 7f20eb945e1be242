#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/json.h"

namespace sagebrush::wire {

// A short text for what a request asks for: `about`, and these members of its input. A page token that carries it
// belongs to its request, in whatever order a client sends the members.
std::string RequestDigest(std::string_view about, const Json& input, std::initializer_list<const char*> members);

}  // namespace sagebrush::wire
