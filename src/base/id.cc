#include "base/id.h"

#include <openssl/rand.h>

#include "base/encoding.h"
#include "base/error.h"

namespace sagebrush {

std::string RandomBytes(std::size_t count) {
  // Drawn in blocks: a request id per request must not cost a call into the kernel each.
  thread_local std::string pool;
  if (count > 256) {
    std::string large(count, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(large.data()), static_cast<int>(count)) != 1) {
      throw Error(kInternalFailure, "The operating system's random generator failed.");
    }
    return large;
  }
  if (pool.size() < count) {
    pool.assign(4096, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(pool.data()), static_cast<int>(pool.size())) != 1) {
      pool.clear();
      throw Error(kInternalFailure, "The operating system's random generator failed.");
    }
  }
  std::string out = pool.substr(pool.size() - count);
  pool.resize(pool.size() - count);
  return out;
}

std::string RandomText(std::size_t count, std::string_view alphabet) {
  std::string out;
  const unsigned limit = 256 - 256 % static_cast<unsigned>(alphabet.size());
  while (out.size() < count) {
    for (const char c : RandomBytes(count - out.size())) {
      const unsigned byte = static_cast<unsigned char>(c);
      if (byte < limit) out += alphabet[byte % alphabet.size()];
    }
  }
  return out;
}

std::string NewUuid() {
  std::string bytes = RandomBytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  std::string hex = ToHex(bytes);
  for (const std::size_t at : {20u, 16u, 12u, 8u}) hex.insert(at, "-");
  return hex;
}

}  // namespace sagebrush
