#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sagebrush {

inline constexpr std::size_t kAeadKeyBytes = 32;
inline constexpr std::size_t kAeadOverheadBytes = 12 + 16;  // Nonce and tag.

// AES-256-GCM under a random nonce: nonce, ciphertext, tag. A key is good for 2^32 texts. `associated` is not in the
// result, and must be the same for both. `key` has kAeadKeyBytes.
std::string SealBytes(std::string_view key, std::string_view text, std::string_view associated);
// nullopt: not sealed with this key and `associated`, or changed since.
std::optional<std::string> UnsealBytes(std::string_view key, std::string_view sealed, std::string_view associated);

}  // namespace sagebrush
