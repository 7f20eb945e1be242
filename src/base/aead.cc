#include "base/aead.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/id.h"

namespace sagebrush {
namespace {

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(char* text) { return reinterpret_cast<unsigned char*>(text); }

void Require(bool ok) {
  if (!ok) throw Error(kInternalFailure, "OpenSSL failed to encrypt.");
}

// Looked up once: by name it costs more than a small message.
const EVP_CIPHER* Aes256Gcm() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return cipher;
}

}  // namespace

SecretKey SecretKey::Random() { return SecretKey(RandomBytes(kSize)); }

SecretKey::SecretKey(std::string_view bytes) {
  if (bytes.size() != kSize) throw Error(kInternalFailure, "A secret key has not 32 bytes.");
  bytes.copy(bytes_.data(), kSize);
}

SecretKey::~SecretKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

bool SecretKey::operator==(const SecretKey& other) const { return EqualInConstantTime(bytes(), other.bytes()); }

// By HMAC alone: OpenSSL's own takes longer than the decryption of a small object.
SecretKey DeriveKey(const SecretKey& key, std::string_view salt, std::string_view info) {
  auto extracted = HmacSha256(salt, key.bytes());
  auto expanded = HmacSha256(AsText(extracted), std::string(info) + '\x01');
  const SecretKey derived(AsText(expanded));
  OPENSSL_cleanse(extracted.data(), extracted.size());
  OPENSSL_cleanse(expanded.data(), expanded.size());
  return derived;
}

struct GcmCipher::Context {
  ~Context() { EVP_CIPHER_CTX_free(cipher); }
  EVP_CIPHER_CTX* const cipher = EVP_CIPHER_CTX_new();

  // Ready for a message under the key that is set.
  bool Begin(std::string_view nonce, std::string_view associated, bool encrypt) const {
    int n = 0;
    if (EVP_CipherInit_ex2(cipher, nullptr, nullptr, Bytes(nonce), encrypt ? 1 : 0, nullptr) != 1) return false;
    return associated.empty() ||
           EVP_CipherUpdate(cipher, nullptr, &n, Bytes(associated), static_cast<int>(associated.size())) == 1;
  }
};

GcmCipher::GcmCipher(const SecretKey& key) : context_(std::make_unique<Context>()) {
  Require(EVP_CipherInit_ex2(context_->cipher, Aes256Gcm(), Bytes(key.bytes()), nullptr, 1, nullptr) == 1);
}

GcmCipher::~GcmCipher() = default;

void GcmCipher::Encrypt(std::string_view nonce, std::string_view associated, std::string_view text, char* out) {
  EVP_CIPHER_CTX* const cipher = context_->cipher;
  int n = 0;
  Require(context_->Begin(nonce, associated, true));
  Require(EVP_CipherUpdate(cipher, Bytes(out), &n, Bytes(text), static_cast<int>(text.size())) == 1);
  Require(EVP_CipherFinal_ex(cipher, Bytes(out) + n, &n) == 1);
  Require(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, kTagSize, out + text.size()) == 1);
}

bool GcmCipher::Decrypt(std::string_view nonce, std::string_view associated, std::string_view sealed, char* out) {
  if (sealed.size() < kTagSize) return false;
  EVP_CIPHER_CTX* const cipher = context_->cipher;
  const std::string_view body = sealed.substr(0, sealed.size() - kTagSize);
  char* const tag = const_cast<char*>(sealed.data() + body.size());  // OpenSSL only reads it.
  int n = 0;
  return context_->Begin(nonce, associated, false) &&
         EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, kTagSize, tag) == 1 &&
         EVP_CipherUpdate(cipher, Bytes(out), &n, Bytes(body), static_cast<int>(body.size())) == 1 &&
         EVP_CipherFinal_ex(cipher, Bytes(out) + n, &n) == 1;
}

std::string Seal(const SecretKey& key, std::string_view text, std::string_view associated) {
  std::string out = RandomBytes(GcmCipher::kNonceSize);
  out.resize(GcmCipher::kNonceSize + text.size() + GcmCipher::kTagSize);
  GcmCipher(key).Encrypt(std::string_view(out).substr(0, GcmCipher::kNonceSize), associated, text,
                         out.data() + GcmCipher::kNonceSize);
  return out;
}

std::optional<std::string> Unseal(const SecretKey& key, std::string_view sealed, std::string_view associated) {
  if (sealed.size() < GcmCipher::kNonceSize + GcmCipher::kTagSize) return std::nullopt;
  const std::string_view body = sealed.substr(GcmCipher::kNonceSize);
  std::string out(body.size() - GcmCipher::kTagSize, '\0');
  if (!GcmCipher(key).Decrypt(sealed.substr(0, GcmCipher::kNonceSize), associated, body, out.data())) {
    return std::nullopt;
  }
  return out;
}

}  // namespace sagebrush
