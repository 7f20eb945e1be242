#pragma once

#include <string>
#include <string_view>

namespace sagebrush::objects {

// The smallest string above every string that starts with `prefix`; empty: there is none.
std::string AfterPrefix(std::string_view prefix);

// The common prefix that `key` falls under when keys are grouped by `delimiter` behind `prefix`; empty: none.
std::string_view CommonPrefixOf(std::string_view key, std::string_view prefix, std::string_view delimiter);

// The key from which a listing with these arguments has to be read.
std::string FirstKey(std::string_view prefix, std::string_view delimiter, std::string_view start_after);

}  // namespace sagebrush::objects
