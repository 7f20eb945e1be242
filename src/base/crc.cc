#include "base/crc.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
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

constexpr std::uint32_t kCrc32Polynomial = 0xedb88320U;  // All with the highest power in the lowest bit.
constexpr std::uint32_t kCrc32cPolynomial = 0x82f63b78U;
constexpr std::uint64_t kCrc64NvmePolynomial = 0x9a6c9329ac4bc9b5ULL;
constexpr auto kCrc32Tables = MakeTables(kCrc32Polynomial);
constexpr auto kCrc32cTables = MakeTables(kCrc32cPolynomial);
constexpr auto kCrc64NvmeTables = MakeTables(kCrc64NvmePolynomial);

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

// x^n modulo the polynomial, as a factor for Fold: the coefficient of x^0 in the highest of 64 bits.
template <typename Value>
constexpr std::uint64_t PowerOfX(Value reflected_polynomial, int n) {
  constexpr int kBits = 8 * sizeof(Value);
  Value value = Value{1} << (kBits - 1);
  for (int i = 0; i < n; ++i) value = value & 1 ? value >> 1 ^ reflected_polynomial : value >> 1;
  return static_cast<std::uint64_t>(value) << (64 - kBits);
}

// What moves 16 bytes on over `kBytes` of message. A product of two 64-bit words has 127 bits and so stands one power
// too low in 128: hence 63 and 1 less. The first 8 bytes have the higher powers.
template <typename Value, int kBytes>
constexpr std::array<std::uint64_t, 2> Factors(Value polynomial) {
  return {PowerOfX(polynomial, 8 * kBytes + 63), PowerOfX(polynomial, 8 * kBytes - 1)};
}

using Block = __m128i;

__attribute__((target("pclmul,sse4.1"))) inline Block Fold(Block block, Block factors, Block next) {
  return _mm_xor_si128(
      next, _mm_xor_si128(_mm_clmulepi64_si128(block, factors, 0x00), _mm_clmulepi64_si128(block, factors, 0x11)));
}

// After Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction" (Intel, 2009): 64
// bytes at a time are folded onto the next 64 without changing the remainder, and the last 16 go through the tables.
template <typename Value, Value kPolynomial>
__attribute__((target("pclmul,sse4.1"))) Value UpdateByFolding(const Tables<Value>& tables, Value crc,
                                                               std::string_view bytes) {
  static constexpr auto kFar = Factors<Value, 64>(kPolynomial), kNear = Factors<Value, 16>(kPolynomial);
  const auto load = [](const void* at) { return _mm_loadu_si128(static_cast<const Block*>(at)); };
  const Block far = load(kFar.data()), near = load(kNear.data());
  std::array<Block, 4> blocks;
  for (std::size_t i = 0; i < 4; ++i) blocks[i] = load(bytes.data() + 16 * i);
  blocks[0] = _mm_xor_si128(blocks[0], _mm_set_epi64x(0, static_cast<std::int64_t>(crc)));
  for (bytes.remove_prefix(64); bytes.size() >= 64; bytes.remove_prefix(64)) {
    for (std::size_t i = 0; i < 4; ++i) blocks[i] = Fold(blocks[i], far, load(bytes.data() + 16 * i));
  }
  for (std::size_t i = 1; i < 4; ++i) blocks[i] = Fold(blocks[i - 1], near, blocks[i]);
  char rest[16];
  std::memcpy(rest, &blocks[3], sizeof rest);
  return UpdateByTables(tables, UpdateByTables(tables, Value{0}, {rest, sizeof rest}), bytes);
}

bool CanFold() {
  static const bool can = __builtin_cpu_supports("pclmul") != 0 && __builtin_cpu_supports("sse4.1") != 0;
  return can;
}
#endif

template <typename Value, Value kPolynomial>
Value Update(const Tables<Value>& tables, Value crc, std::string_view bytes) {
#if defined(__x86_64__)
  if (bytes.size() >= 64 && CanFold()) return UpdateByFolding<Value, kPolynomial>(tables, crc, bytes);
#endif
  return UpdateByTables(tables, crc, bytes);
}

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

std::uint32_t Crc32(std::uint32_t crc, std::string_view bytes) {
  return ~Update<std::uint32_t, kCrc32Polynomial>(kCrc32Tables, ~crc, bytes);
}

std::uint32_t Crc32ByTable(std::uint32_t crc, std::string_view bytes) {
  return ~UpdateByTables(kCrc32Tables, static_cast<std::uint32_t>(~crc), bytes);
}

std::uint64_t Crc64Nvme(std::uint64_t crc, std::string_view bytes) {
  return ~Update<std::uint64_t, kCrc64NvmePolynomial>(kCrc64NvmeTables, ~crc, bytes);
}

std::uint64_t Crc64NvmeByTable(std::uint64_t crc, std::string_view bytes) {
  return ~UpdateByTables(kCrc64NvmeTables, ~crc, bytes);
}

}  // namespace sagebrush
