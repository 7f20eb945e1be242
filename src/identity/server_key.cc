#include "identity/server_key.h"

#include "base/encoding.h"
#include "base/error.h"
#include "base/id.h"

namespace sagebrush::identity {
namespace {

constexpr std::size_t kKeySize = SecretKey::kSize;

}  // namespace

ServerKey ServerKey::OpenOrCreate(const Path& file) {
  auto bytes = ReadFileIfExists(file);
  if (!bytes) {
    bytes = RandomBytes(kKeySize);
    WriteFileDurably(file, *bytes, 0600);
  }
  if (bytes->size() != kKeySize) {
    throw Error(kInternalFailure, file.string() +
                                      " is not a server key: restore it from a backup. Without it the access "
                                      "keys and the encrypted objects of this data directory cannot be read.");
  }
  return ServerKey(*bytes);
}

ServerKey::ServerKey(std::string_view bytes)
    : seal_key_(AsText(HmacSha256(bytes, "seal"))), derive_key_(AsText(HmacSha256(bytes, "derive"))) {}

std::string ServerKey::Seal(std::string_view text, std::string_view purpose) const {
  return sagebrush::Seal(seal_key_, text, purpose);
}

std::optional<std::string> ServerKey::Unseal(std::string_view sealed, std::string_view purpose) const {
  return sagebrush::Unseal(seal_key_, sealed, purpose);
}

SecretKey ServerKey::DeriveKey(std::string_view purpose) const { return sagebrush::DeriveKey(seal_key_, "", purpose); }

std::string ServerKey::DeriveSecret(std::string_view label) const {
  return ToBase64(AsText(derive_key_.Sign(label)).substr(0, 30));
}

}  // namespace sagebrush::identity
