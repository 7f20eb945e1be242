#include "wire/signed_text.h"

#include "base/digest.h"
#include "base/encoding.h"
#include "wire/sigv2.h"
#include "wire/sigv4_key.h"

namespace sagebrush::wire {

bool MatchesText(const Signature& signature, std::string_view text, std::string_view secret_key) {
  if (signature.version == 2) return EqualInConstantTime(HmacSha1Text(text, secret_key), signature.signature);
  const HmacSha256Key key = SigningKey(secret_key, signature.date, signature.region, signature.service);
  const auto digest = key.Sign(text);
  const std::string_view raw(reinterpret_cast<const char*>(digest.data()), digest.size());
  return EqualInConstantTime(ToHex(raw), signature.signature);
}

}  // namespace sagebrush::wire
