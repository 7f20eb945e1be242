#include "identity/server_key.h"

#include <memory>

#include <openssl/evp.h>

#include "base/encoding.h"
#include "base/error.h"
#include "base/id.h"

namespace sagebrush::identity {
namespace {

constexpr std::size_t kKeySize = 32;
constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Context NewContext() { return {EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free}; }

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void Require(bool ok) {
  if (!ok) throw Error(kInternalFailure, "OpenSSL failed to encrypt with the server's key.");
}

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
                                      "keys of this data directory cannot be read.");
  }
  return ServerKey(*bytes);
}

ServerKey::ServerKey(std::string_view bytes)
    : seal_key_(AsText(HmacSha256(bytes, "seal"))), derive_key_(AsText(HmacSha256(bytes, "derive"))) {}

std::string ServerKey::Seal(std::string_view text, std::string_view purpose) const {
  std::string out = RandomBytes(kNonceSize);
  out.resize(kNonceSize + text.size() + kTagSize);
  const Context context = NewContext();
  int n = 0;
  unsigned char* const body = Bytes(out) + kNonceSize;
  Require(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(std::string_view(seal_key_)),
                             Bytes(std::string_view(out))) == 1);
  Require(EVP_EncryptUpdate(context.get(), nullptr, &n, Bytes(purpose), static_cast<int>(purpose.size())) == 1);
  Require(EVP_EncryptUpdate(context.get(), body, &n, Bytes(text), static_cast<int>(text.size())) == 1);
  Require(EVP_EncryptFinal_ex(context.get(), body + n, &n) == 1);
  Require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, body + text.size()) == 1);
  return out;
}

std::optional<std::string> ServerKey::Unseal(std::string_view sealed, std::string_view purpose) const {
  if (sealed.size() < kNonceSize + kTagSize) return std::nullopt;
  const std::string_view body = sealed.substr(kNonceSize, sealed.size() - kNonceSize - kTagSize);
  std::string tag(sealed.substr(sealed.size() - kTagSize));
  std::string out(body.size(), '\0');
  const Context context = NewContext();
  int n = 0;
  const bool ok =
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(std::string_view(seal_key_)),
                         Bytes(sealed)) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &n, Bytes(purpose), static_cast<int>(purpose.size())) == 1 &&
      EVP_DecryptUpdate(context.get(), Bytes(out), &n, Bytes(body), static_cast<int>(body.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), Bytes(out) + n, &n) == 1;
  if (!ok) return std::nullopt;
  return out;
}

std::string ServerKey::DeriveSecret(std::string_view label) const {
  return ToBase64(AsText(derive_key_.Sign(label)).substr(0, 30));
}

}  // namespace sagebrush::identity
