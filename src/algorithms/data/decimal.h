#pragma once

#include <optional>
#include <string_view>

namespace sagebrush::algorithms {

// Reads a decimal number, with a sign or without: the nearest float, 0 where it is too small and infinite where it is
// too large for one. Also "inf", "infinity" and "nan", in any case. nullopt: no number.
std::optional<float> ParseFloat(std::string_view text);

}  // namespace sagebrush::algorithms
