#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sagebrush::objects {

// Ids of versions: 32 characters that are safe in a URL, no two alike. They hold the number by which the versions of
// one key are ordered, so that a version is found by its id alone and a listing goes on behind one that is gone.
std::string NewVersionId(std::int64_t sequence);
// nullopt: no id of ours. "null" is none.
std::optional<std::int64_t> SequenceOfVersion(std::string_view id);

}  // namespace sagebrush::objects
