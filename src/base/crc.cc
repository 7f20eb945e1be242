#include "base/crc.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace sagebrush {
namespace {

// Row k holds, for each byte, its CRC when k zero bytes follow: eight look-ups then advance by eight bytes at once.
template <typename Value>
using Tables = std::array<std::array<Value, 256>, 8>;

template <typename Value>
constexpr Tables<Value> MakeTables(Value reflected_polynomial) {
  Tables<Value> tables{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    Value value = byte;
    for (int bit = 0; bit < 8; ++bit) value = value & 1 ? value >> 1 ^ reflected_polynomial : value >> 1;
    tables[0][byte] = value;
  }
  for (unsigned row = 1; row < 8; ++row) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      const Value before = tables[row - 1][byte];
      tables[row][byte] = before >> 8 ^ tables[0][before & 255];
    }
  }
  return tables;
}

constexpr auto kCrc32cTables = MakeTables<std::uint32_t>(0x82f63b78U);
constexpr auto kCrc64NvmeTables = MakeTables<std::uint64_t>(0x9a6c9329ac4bc9b5ULL);

template <typename Value>
Value UpdateByTables(const Tables<Value>& tables, Value crc, std::string_view bytes) {
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    word ^= crc;  // Little-endian: the CRC meets the first bytes.
    crc = 0;
    for (unsigned i = 0; i < 8; ++i) crc ^= tables[7 - i][word >> (8 * i) & 255];
  }
  for (; left > 0; ++at, --left) crc = crc >> 8 ^ tables[0][(crc ^ static_cast<unsigned char>(*at)) & 255];
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t UpdateByInstruction(std::uint32_t crc, std::string_view bytes) {
  std::uint64_t wide = crc;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    wide = _mm_crc32_u64(wide, word);
  }
  crc = static_cast<std::uint32_t>(wide);
  for (; left > 0; ++at, --left) crc = _mm_crc32_u8(crc, static_cast<unsigned char>(*at));
  return crc;
}
#endif

}  // namespace

std::uint32_t Crc32cByTable(std::uint32_t crc, std::string_view bytes) {
  return ~UpdateByTables(kCrc32cTables, static_cast<std::uint32_t>(~crc), bytes);
}

std::uint32_t Crc32c(std::uint32_t crc, std::string_view bytes) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return ~UpdateByInstruction(~crc, bytes);
#endif
  return Crc32cByTable(crc, bytes);
}

std::uint64_t Crc64Nvme(std::uint64_t crc, std::string_view bytes) {
  return ~UpdateByTables(kCrc64NvmeTables, ~crc, bytes);
}

}  // namespace sagebrush
