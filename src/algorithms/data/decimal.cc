#include "algorithms/data/decimal.h"

#include <charconv>
#include <cstdlib>
#include <string>

namespace sagebrush::algorithms {

std::optional<float> ParseFloat(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc()) return value;
  if (error != std::errc::result_out_of_range) return std::nullopt;
  // from_chars does not tell whether it was too small or too large.
  return std::strtof(std::string(text).c_str(), nullptr);
}

}  // namespace sagebrush::algorithms
