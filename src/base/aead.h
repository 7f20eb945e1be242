#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

// Encryption that also proves that nothing was changed: AES-256-GCM (NIST SP 800-38D) by OpenSSL.
namespace sagebrush {

// 256 bits that nobody else may know. Wiped when it goes.
class SecretKey {
 public:
  static constexpr std::size_t kSize = 32;

  static SecretKey Random();
  // `bytes` are kSize, or it throws Error(kInternalFailure).
  explicit SecretKey(std::string_view bytes);
  SecretKey(const SecretKey&) = default;
  SecretKey& operator=(const SecretKey&) = default;
  ~SecretKey();

  std::string_view bytes() const { return {bytes_.data(), kSize}; }
  bool operator==(const SecretKey& other) const;  // Takes as long wherever they differ.

 private:
  SecretKey() = default;
  std::array<char, kSize> bytes_;
};

// HKDF (RFC 5869) with SHA-256: a key that tells nothing of `key`, nor of one with another salt or `info`.
SecretKey DeriveKey(const SecretKey& key, std::string_view salt, std::string_view info);

// One message under a random nonce, which stands in front of it. `associated` is not in the result and must be the same
// to unseal it. A key is good for 2^32 messages.
std::string Seal(const SecretKey& key, std::string_view text, std::string_view associated);
// nullopt: not sealed with this key and `associated`, or changed since.
std::optional<std::string> Unseal(const SecretKey& key, std::string_view sealed, std::string_view associated);

// Many messages under one key, whose nonces the caller chooses: each is used once. Used by one thread.
class GcmCipher {
 public:
  static constexpr std::size_t kNonceSize = 12;
  static constexpr std::size_t kTagSize = 16;

  explicit GcmCipher(const SecretKey& key);
  ~GcmCipher();

  // Writes text.size() + kTagSize bytes to `out`, which is not in `text`. Below: `nonce` has kNonceSize bytes.
  void Encrypt(std::string_view nonce, std::string_view associated, std::string_view text, char* out);
  // Writes sealed.size() - kTagSize bytes to `out`. False: they are not what was encrypted, and worth nothing.
  bool Decrypt(std::string_view nonce, std::string_view associated, std::string_view sealed, char* out);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace sagebrush
