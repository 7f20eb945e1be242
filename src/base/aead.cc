#include "base/aead.h"

#include <cassert>
#include <memory>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/error.h"
#include "base/id.h"

namespace sagebrush {
namespace {

constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Context NewContext() { return {EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free}; }

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void Require(bool ok) {
  if (!ok) throw Error(kInternalFailure, "OpenSSL failed to encrypt.");
}

}  // namespace

std::string SealBytes(std::string_view key, std::string_view text, std::string_view associated) {
  assert(key.size() == kAeadKeyBytes);
  std::string out = RandomBytes(kNonceSize);
  out.resize(kNonceSize + text.size() + kTagSize);
  const Context context = NewContext();
  int n = 0;
  unsigned char* const body = Bytes(out) + kNonceSize;
  Require(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(key), Bytes(std::string_view(out))) == 1);
  Require(EVP_EncryptUpdate(context.get(), nullptr, &n, Bytes(associated), static_cast<int>(associated.size())) == 1);
  Require(EVP_EncryptUpdate(context.get(), body, &n, Bytes(text), static_cast<int>(text.size())) == 1);
  Require(EVP_EncryptFinal_ex(context.get(), body + n, &n) == 1);
  Require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, body + text.size()) == 1);
  return out;
}

std::optional<std::string> UnsealBytes(std::string_view key, std::string_view sealed, std::string_view associated) {
  assert(key.size() == kAeadKeyBytes);
  if (sealed.size() < kAeadOverheadBytes) return std::nullopt;
  const std::string_view body = sealed.substr(kNonceSize, sealed.size() - kAeadOverheadBytes);
  std::string tag(sealed.substr(sealed.size() - kTagSize));
  std::string out(body.size(), '\0');
  const Context context = NewContext();
  int n = 0;
  const bool ok =
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(key), Bytes(sealed)) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &n, Bytes(associated), static_cast<int>(associated.size())) == 1 &&
      EVP_DecryptUpdate(context.get(), Bytes(out), &n, Bytes(body), static_cast<int>(body.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), Bytes(out) + n, &n) == 1;
  if (ok) return out;
  OPENSSL_cleanse(out.data(), out.size());
  return std::nullopt;
}

}  // namespace sagebrush
