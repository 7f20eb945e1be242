#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace sagebrush::serving {

// Reads a plain decimal of at most 18 digits, such as "-12.50": the nearest double, then the nearest float. Returns
// where it ends. nullptr: something else is there, or (once in millions) the digits are too near to the middle of two
// floats. At or behind `at` must stand a byte that can be in no number. Signs vary at random in data, so none decides a
// branch; the number of digits mostly is that of the cell before, which the processor guesses. (Reading eight digits at
// once as one word measured slower: it waits for each number's end before it can begin the next.)
inline const char* TakeShortDecimal(const char* at, float& value) {
  static constexpr std::array<double, 19> kPowersOfTen{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                                       1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
  const std::uint64_t negative = *at == '-' ? 1 : 0;
  at += negative;
  std::uint64_t digits = 0;
  const auto take_digits = [&] {
    const char* const start = at;
    for (unsigned digit; (digit = static_cast<unsigned>(*at) - '0') < 10; ++at) digits = digits * 10 + digit;
    return static_cast<std::size_t>(at - start);
  };
  std::size_t count = take_digits();
  std::size_t fraction = 0;
  if (*at == '.') {
    ++at;
    fraction = take_digits();
    count += fraction;
  }
  if (count == 0 || count > 18) return nullptr;
  const double magnitude = static_cast<double>(static_cast<std::int64_t>(digits)) / kPowersOfTen[fraction];
  // Up to 15 digits, mantissa and power of ten are exact, so that the division rounds correctly. Beyond, its result may
  // be off by two last places, which a float does not show unless it lies at the border between two.
  if (count > 15 && static_cast<float>(magnitude * (1 - 0x1p-50)) != static_cast<float>(magnitude * (1 + 0x1p-50))) {
    return nullptr;
  }
  value = static_cast<float>(std::bit_cast<double>(std::bit_cast<std::uint64_t>(magnitude) | negative << 63));
  return at;
}

}  // namespace sagebrush::serving
