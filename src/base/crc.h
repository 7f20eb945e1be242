#pragma once

#include <cstdint>
#include <string_view>

namespace sagebrush {

// CRCs that continue from an earlier value; 0 starts one. Crc(Crc(0, a), b) == Crc(0, a + b). They need no library, so
// that small programs may use them.
std::uint32_t Crc32c(std::uint32_t crc, std::string_view bytes);  // Castagnoli; by SSE 4.2 where the processor has it.
// By carry-less multiplication where the processor has it, at the speed of memory.
std::uint32_t Crc32(std::uint32_t crc, std::string_view bytes);      // zlib's.
std::uint64_t Crc64Nvme(std::uint64_t crc, std::string_view bytes);  // As the NVMe specification defines it.

// The same values without special instructions: what they fall back to.
std::uint32_t Crc32cByTable(std::uint32_t crc, std::string_view bytes);
std::uint32_t Crc32ByTable(std::uint32_t crc, std::string_view bytes);
std::uint64_t Crc64NvmeByTable(std::uint64_t crc, std::string_view bytes);

}  // namespace sagebrush
