#pragma once

#include <cstdint>
#include <string_view>

namespace sagebrush {

// CRCs that continue from an earlier value; 0 starts one. Crc(Crc(0, a), b) == Crc(0, a + b).
std::uint32_t Crc32c(std::uint32_t crc, std::string_view bytes);  // Castagnoli; by SSE 4.2 where the processor has it.
std::uint64_t Crc64Nvme(std::uint64_t crc, std::string_view bytes);  // As the NVMe specification defines it.

// The same value as Crc32c without special instructions: what it falls back to.
std::uint32_t Crc32cByTable(std::uint32_t crc, std::string_view bytes);

}  // namespace sagebrush
