#pragma once

#include <string>

namespace sagebrush::telemetry {

// The text of a price file with approximate prices of us-east-1.
std::string DefaultPrices();

}  // namespace sagebrush::telemetry
