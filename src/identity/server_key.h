#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/aead.h"
#include "base/digest.h"
#include "base/file.h"
#include "identity/master_key.h"

namespace sagebrush::identity {

// The server's own secret, 32 random bytes in a file that only its user can read, sealed with the operator's master
// key where there is one. What is sealed with it can be read, and what was derived from it made again, by the server of
// this data directory and by no other. Safe to call from any thread.
class ServerKey {
 public:
  // Makes the file if it is missing, and seals one that is not sealed yet when a master key is given. Throws Error,
  // saying what to do, when it is there but is no key, or the master key is missing or another one.
  static ServerKey OpenOrCreate(const Path& file, const MasterKeySource& master = {});

  // As base/aead.h. `purpose` must be the same for both; it keeps one kind of text from being taken for another.
  std::string Seal(std::string_view text, std::string_view purpose) const;
  // nullopt: not sealed with this key for this purpose, or changed since.
  std::optional<std::string> Unseal(std::string_view sealed, std::string_view purpose) const;
  // A key for one purpose, which tells nothing of this one or of another's.
  SecretKey DeriveKey(std::string_view purpose) const;
  // 40 characters that nobody without the key can tell from `label`: the form of a secret access key.
  std::string DeriveSecret(std::string_view label) const;

 private:
  explicit ServerKey(std::string_view bytes);
  SecretKey seal_key_;
  HmacSha256Key derive_key_;
};

}  // namespace sagebrush::identity
