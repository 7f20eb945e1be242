#include "keys/ciphertext.h"

#include <map>

#include "base/aead.h"
#include "base/encoding.h"
#include "base/id.h"

namespace sagebrush::keys {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kKeyIdBytes = 16;
constexpr std::size_t kPrefixBytes = 8;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHeaderBytes = 1 + kKeyIdBytes + kPrefixBytes + kSaltBytes;

void AppendSized(std::string_view text, std::string& out) {
  const auto size = static_cast<std::uint32_t>(text.size());
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(size >> shift));
  out += text;
}

// Sizes before texts: no two contexts have the same bytes.
std::string AssociatedData(std::string_view header, const Json* context) {
  std::string out(header);
  if (context == nullptr) return out;
  std::map<std::string, std::string> sorted;
  for (const auto& [key, value] : context->as_object()) sorted.emplace(key, value.as_string());
  for (const auto& [key, value] : sorted) {
    AppendSized(key, out);
    AppendSized(value, out);
  }
  return out;
}

SecretKey TextKey(const SecretKey& material, std::string_view salt) {
  return DeriveKey(material, salt, "kms ciphertext 1");
}

std::string UuidOf(std::string_view bytes) {
  std::string text = ToHex(bytes);
  for (const std::size_t at : {8, 13, 18, 23}) text.insert(at, "-");
  return text;
}

std::string BytesOfHex(std::string_view hex) {
  std::string bytes;
  FromHex(hex, bytes);
  return bytes;
}

}  // namespace

std::optional<CiphertextHeader> ReadHeader(std::string_view blob) {
  if (blob.size() < kHeaderBytes + GcmCipher::kNonceSize + GcmCipher::kTagSize || blob[0] != kVersion)
    return std::nullopt;
  return CiphertextHeader{UuidOf(blob.substr(1, kKeyIdBytes)), ToHex(blob.substr(1 + kKeyIdBytes, kPrefixBytes))};
}

std::string EncryptText(const CiphertextHeader& header, const SecretKey& material, std::string_view text,
                        const Json* context) {
  const std::string salt = RandomBytes(kSaltBytes);
  std::string blob(1, kVersion);
  blob += BytesOfHex(Replaced(header.key_id, "-", ""));
  blob += BytesOfHex(header.material_prefix);
  blob += salt;
  return blob + Seal(TextKey(material, salt), text, AssociatedData(blob, context));
}

std::optional<std::string> DecryptText(const SecretKey& material, std::string_view blob, const Json* context) {
  const std::string_view header = blob.substr(0, kHeaderBytes);
  const SecretKey key = TextKey(material, header.substr(kHeaderBytes - kSaltBytes));
  return Unseal(key, blob.substr(kHeaderBytes), AssociatedData(header, context));
}

}  // namespace sagebrush::keys
