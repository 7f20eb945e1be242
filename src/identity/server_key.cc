#include "identity/server_key.h"

#include "base/encoding.h"
#include "base/error.h"
#include "base/id.h"
#include "base/secret.h"

namespace sagebrush::identity {
namespace {

constexpr std::string_view kSealedPrefix = "Sealed with the master key of this server, version 1.\n";
constexpr std::string_view kPurpose = "server key";

[[noreturn]] void Refuse(const Path& file, const std::string& what) {
  throw Error(kInternalFailure, file.string() + what);
}

Secret Unwrap(const Path& file, std::string_view sealed, const std::optional<SecretKey>& master) {
  if (!master) {
    Refuse(file,
           " is sealed with a master key: start the server with --master-key-variable or --master-key-command that "
           "gives it.");
  }
  auto bytes = sagebrush::Unseal(*master, sealed, kPurpose);
  if (!bytes) Refuse(file, " is sealed with another master key than the one given, or damaged.");
  return Secret(std::move(*bytes));
}

void Write(const Path& file, const Secret& bytes, const std::optional<SecretKey>& master) {
  WriteFileDurably(file,
                   master ? std::string(kSealedPrefix) + sagebrush::Seal(*master, bytes.view(), kPurpose)
                          : std::string(bytes.view()),
                   0600);
}

}  // namespace

ServerKey ServerKey::OpenOrCreate(const Path& file, const MasterKeySource& source) {
  const std::optional<SecretKey> master = ReadMasterKey(source);
  auto content = ReadFileIfExists(file);
  if (content && content->starts_with(kSealedPrefix)) {
    return ServerKey(Unwrap(file, std::string_view(*content).substr(kSealedPrefix.size()), master).view());
  }
  const bool is_new = !content;
  const Secret bytes(is_new ? RandomBytes(SecretKey::kSize) : std::move(*content));
  if (bytes.view().size() != SecretKey::kSize) {
    Refuse(file,
           " is not a server key: restore it from a backup. Without it the access keys and the encrypted "
           "objects of this data directory cannot be read.");
  }
  if (is_new || master) Write(file, bytes, master);
  return ServerKey(bytes.view());
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
