#pragma once

#include <string>
#include <string_view>

#include "base/file.h"

namespace sagebrush::telemetry {

// Where a log group is kept below a data directory.
Path LogGroupDirectory(const Path& data, std::string_view account, std::string_view region, std::string_view group);
// The file of a stream in its group's directory.
std::string LogStreamFileName(std::string_view stream);

}  // namespace sagebrush::telemetry
