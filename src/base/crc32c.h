#pragma once

#include <cstdint>
#include <string_view>

namespace sagebrush {

// CRC-32C (Castagnoli) of `bytes`. To go on over further bytes, pass the value so far. Uses the processor's instruction
// where there is one. Needs no library, so that small programs may use it.
std::uint32_t Crc32c(std::string_view bytes, std::uint32_t so_far = 0);

}  // namespace sagebrush
