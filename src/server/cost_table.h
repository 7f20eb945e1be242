#pragma once

#include <string>

#include "base/json.h"

namespace sagebrush::server {

// What `sagebrush cost` prints of the output of GetCostReport: a table, what runs first, then the latest first, and
// totals.
std::string CostTable(const Json& report);

}  // namespace sagebrush::server
