#include "serving/number_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "serving/short_decimal.h"

namespace sagebrush::serving {
namespace {

bool IsNan(std::string_view text) {
  if (text.size() == 4 && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
  return text.size() == 3 && (text[0] | 0x20) == 'n' && (text[1] | 0x20) == 'a' && (text[2] | 0x20) == 'n';
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

bool IsShortDecimal(std::string_view text, float& value) {
  std::array<char, 24> bounded{};
  if (text.size() >= bounded.size()) return false;
  std::copy(text.begin(), text.end(), bounded.begin());
  return TakeShortDecimal(bounded.data(), value) == bounded.data() + text.size();
}

}  // namespace

bool ParseFeature(std::string_view text, float& value) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  if (text.empty() || IsNan(text)) {
    value = std::numeric_limits<float>::quiet_NaN();
    return true;
  }
  if (IsShortDecimal(text, value)) return true;
  if (text.front() == '+' && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  double exact = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exact);
  if (end != text.data() + text.size()) return false;
  if (error == std::errc::result_out_of_range) {
    // Too small becomes zero, too great would be an infinity; from_chars does not tell which.
    exact = std::strtod(std::string(text).c_str(), nullptr);
  } else if (error != std::errc()) {
    return false;
  }
  value = static_cast<float>(exact);
  return std::isfinite(value);
}

void AppendPythonFloat(double value, std::string& out) {
  if (!std::isfinite(value)) {
    out += std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
    return;
  }
  std::array<char, 64> text;
  const double magnitude = std::abs(value);
  // Python changes to an exponent below 1e-4 and from 1e16 on.
  const bool plain = magnitude == 0 || (magnitude >= 1e-4 && magnitude < 1e16);
  const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  char* end = std::to_chars(text.data(), text.data() + text.size(), value, format).ptr;
  const std::string_view written(text.data(), static_cast<std::size_t>(end - text.data()));
  out += written;
  if (plain && written.find('.') == std::string_view::npos) out += ".0";
}

}  // namespace sagebrush::serving
