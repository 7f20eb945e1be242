#include "identity/json_web_token.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

#include "base/encoding.h"
#include "base/error.h"
#include "identity/iam_error.h"

namespace sagebrush::identity {
namespace {

constexpr std::size_t kKeysMax = 100;
constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 8192;

template <auto kFree>
struct FreeBy {
  template <typename T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
using Number = std::unique_ptr<BIGNUM, FreeBy<BN_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, FreeBy<OSSL_PARAM_free>>;
using ParameterBuilder = std::unique_ptr<OSSL_PARAM_BLD, FreeBy<OSSL_PARAM_BLD_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeBy<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeBy<EVP_MD_CTX_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, FreeBy<ECDSA_SIG_free>>;

[[noreturn]] void Refuse(const std::string& message) { throw Error(kInvalidIdentityToken, message); }

struct Curve {
  std::string_view name;
  const char* group;
  std::size_t bytes;  // Of a coordinate.
  std::string_view algorithm;
};
constexpr std::array<Curve, 3> kCurves{
    {{"P-256", "prime256v1", 32, "ES256"}, {"P-384", "secp384r1", 48, "ES384"}, {"P-521", "secp521r1", 66, "ES512"}}};

std::string FromBase64Url(std::string_view text) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '-', '+');
  std::replace(plain.begin(), plain.end(), '_', '/');
  plain.append((4 - plain.size() % 4) % 4, '=');
  std::string bytes;
  if (text.find_first_of("+/=") != std::string_view::npos || !FromBase64(plain, bytes)) {
    Refuse("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)");
  }
  return bytes;
}

std::string Member(const Json& object, const char* name) {
  const Json* const value = Find(object, name);
  return value == nullptr || !value->is_string() ? std::string() : std::string(value->get_string());
}

EVP_PKEY* MakeKey(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (parameters == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    Refuse("A key of the identity provider is damaged.");
  }
  return key;
}

EVP_PKEY* MakeRsaKey(const Json& key) {
  const std::string modulus = FromBase64Url(Member(key, "n"));
  const std::string exponent = FromBase64Url(Member(key, "e"));
  if (modulus.size() > kRsaBitsMax / 8 || exponent.empty() || exponent.size() > 8)
    Refuse("A key of the identity provider is not usable.");
  const auto number = [](const std::string& bytes) {
    return Number(
        BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr));
  };
  const Number n = number(modulus), e = number(exponent);
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  if (BN_num_bits(n.get()) < kRsaBitsMin) Refuse("A key of the identity provider has less than 2048 bits.");
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  return MakeKey("RSA", builder.get());
}

EVP_PKEY* MakeEcKey(const Json& key, const Curve& curve) {
  const std::string x = FromBase64Url(Member(key, "x"));
  const std::string y = FromBase64Url(Member(key, "y"));
  if (x.size() != curve.bytes || y.size() != curve.bytes) Refuse("A key of the identity provider is not usable.");
  const std::string point = "\x04" + x + y;  // Uncompressed; OpenSSL checks that it is on the curve.
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.group, 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return MakeKey("EC", builder.get());
}

const EVP_MD* DigestOf(std::string_view algorithm) {
  if (algorithm.ends_with("256")) return EVP_sha256();
  return algorithm.ends_with("384") ? EVP_sha384() : EVP_sha512();
}

// JWS writes both numbers of an ECDSA signature one behind the other, OpenSSL reads them in DER.
std::string ToDer(std::string_view signature) {
  const std::size_t half = signature.size() / 2;
  if (half == 0 || signature.size() % 2 != 0) return {};
  const auto* const bytes = reinterpret_cast<const unsigned char*>(signature.data());
  const EcSignature pair(ECDSA_SIG_new());
  BIGNUM* const r = BN_bin2bn(bytes, static_cast<int>(half), nullptr);
  BIGNUM* const s = BN_bin2bn(bytes + half, static_cast<int>(half), nullptr);
  ECDSA_SIG_set0(pair.get(), r, s);
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  if (size <= 0) return {};
  std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

}  // namespace

JsonWebKey::JsonWebKey(const Json& key) : id_(Member(key, "kid")) {
  const std::string type = Member(key, "kty");
  if (type == "RSA") {
    algorithms_ = "RS256 RS384 RS512 ";
    key_.reset(MakeRsaKey(key));
  } else if (type == "EC") {
    const std::string name = Member(key, "crv");
    const auto curve = std::find_if(kCurves.begin(), kCurves.end(), [&](const Curve& one) { return one.name == name; });
    if (curve == kCurves.end()) Refuse(fmt::format("The curve {} is not one of P-256, P-384 and P-521.", name));
    algorithms_ = std::string(curve->algorithm) + " ";
    key_.reset(MakeEcKey(key, *curve));
  } else {
    Refuse(fmt::format("The key type {} is neither RSA nor EC.", type));
  }
  const std::string only = Member(key, "alg");
  if (only.empty()) return;
  if (algorithms_.find(only + " ") == std::string::npos) Refuse("A key of the identity provider is not usable.");
  algorithms_ = only + " ";
}

bool JsonWebKey::Verify(std::string_view algorithm, std::string_view text, std::string_view signature) const {
  if (algorithm.size() != 5 || algorithms_.find(std::string(algorithm) + " ") == std::string::npos) return false;
  const std::string converted = algorithm.starts_with("ES") ? ToDer(signature) : std::string(signature);
  const DigestContext context(EVP_MD_CTX_new());
  if (EVP_DigestVerifyInit(context.get(), nullptr, DigestOf(algorithm), nullptr, key_.get()) != 1) return false;
  const auto bytes = [](std::string_view view) { return reinterpret_cast<const unsigned char*>(view.data()); };
  return EVP_DigestVerify(context.get(), bytes(converted), converted.size(), bytes(text), text.size()) == 1;
}

std::vector<JsonWebKey> ReadKeySet(std::string_view text) {
  Json document;
  try {
    document = ParseJson(text);
  } catch (const Error&) {
    Refuse("The key set of the identity provider is not JSON.");
  }
  const Json* const list = Find(document, "keys");
  if (list == nullptr || !list->is_array() || list->get_array().size() > kKeysMax) {
    Refuse("The key set of the identity provider has no list of at most 100 keys.");
  }
  std::vector<JsonWebKey> keys;
  for (const Json& key : list->get_array()) {
    const std::string use = Member(key, "use");
    if (!use.empty() && use != "sig") continue;
    try {
      keys.emplace_back(key);
    } catch (const Error&) {  // A set may have keys for what we do not do.
    }
  }
  return keys;
}

JsonWebToken JsonWebToken::Read(std::string_view text) {
  constexpr const char* kNoToken =
      "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)";
  const std::size_t first = text.find('.');
  const std::size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos) Refuse(kNoToken);
  const auto read = [&](std::string_view part) {
    try {
      Json document = ParseJson(FromBase64Url(part));
      if (document.is_object()) return document;
    } catch (const Error&) {
    }
    Refuse(kNoToken);
  };
  const Json header = read(text.substr(0, first));
  if (Find(header, "crit") != nullptr) Refuse("The ID Token has critical extensions, which are not understood here.");
  return {Member(header, "alg"), Member(header, "kid"), read(text.substr(first + 1, second - first - 1)),
          std::string(text.substr(0, second)), FromBase64Url(text.substr(second + 1))};
}

bool JsonWebToken::IsSignedBy(const std::vector<JsonWebKey>& keys) const {
  return std::any_of(keys.begin(), keys.end(), [&](const JsonWebKey& key) {
    return (key_id.empty() || key.id() == key_id) && key.Verify(algorithm, signed_text, signature);
  });
}

}  // namespace sagebrush::identity
