#pragma once

#include <string>
#include <string_view>

namespace sagebrush {

// `count` bytes from the operating system's random generator. Safe to call from any thread.
std::string RandomBytes(std::size_t count);
// `count` characters drawn evenly from `alphabet`.
std::string RandomText(std::size_t count, std::string_view alphabet);
// A random (version 4) UUID in lower case: resource uids, request ids.
std::string NewUuid();

}  // namespace sagebrush
