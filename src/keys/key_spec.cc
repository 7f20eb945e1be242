#include "keys/key_spec.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "keys/key.h"
#include "keys/key_errors.h"

namespace sagebrush::keys {
namespace {

using Names = std::string_view;

constexpr Names kOwnCipher[] = {kSymmetricDefault};
constexpr Names kOaep[] = {"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"};
constexpr Names kRsaSignatures[] = {"RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PKCS1_V1_5_SHA_384",
                                    "RSASSA_PKCS1_V1_5_SHA_512", "RSASSA_PSS_SHA_256",
                                    "RSASSA_PSS_SHA_384",        "RSASSA_PSS_SHA_512"};
constexpr Names kEcdsa256[] = {"ECDSA_SHA_256"};
constexpr Names kEcdsa384[] = {"ECDSA_SHA_384"};
constexpr Names kEcdsa512[] = {"ECDSA_SHA_512"};
constexpr Names kEcdh[] = {"ECDH"};
constexpr Names kHmac224[] = {"HMAC_SHA_224"};
constexpr Names kHmac256[] = {"HMAC_SHA_256"};
constexpr Names kHmac384[] = {"HMAC_SHA_384"};
constexpr Names kHmac512[] = {"HMAC_SHA_512"};

constexpr char kEncryption[] = "EncryptionAlgorithms";
constexpr char kSigning[] = "SigningAlgorithms";
constexpr char kMac[] = "MacAlgorithms";
constexpr char kAgreement[] = "KeyAgreementAlgorithms";

using enum KeyFamily;

// docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
constexpr KeySpec kSpecs[] = {
    {kSymmetricDefault, kSymmetric, 0, nullptr, 32, kEncryptDecrypt, kOwnCipher, kEncryption},
    {"RSA_2048", kRsa, 2048, nullptr, 0, kEncryptDecrypt, kOaep, kEncryption},
    {"RSA_3072", kRsa, 3072, nullptr, 0, kEncryptDecrypt, kOaep, kEncryption},
    {"RSA_4096", kRsa, 4096, nullptr, 0, kEncryptDecrypt, kOaep, kEncryption},
    {"RSA_2048", kRsa, 2048, nullptr, 0, kSignVerify, kRsaSignatures, kSigning},
    {"RSA_3072", kRsa, 3072, nullptr, 0, kSignVerify, kRsaSignatures, kSigning},
    {"RSA_4096", kRsa, 4096, nullptr, 0, kSignVerify, kRsaSignatures, kSigning},
    {"ECC_NIST_P256", kEllipticCurve, 0, "prime256v1", 0, kSignVerify, kEcdsa256, kSigning},
    {"ECC_NIST_P384", kEllipticCurve, 0, "secp384r1", 0, kSignVerify, kEcdsa384, kSigning},
    {"ECC_NIST_P521", kEllipticCurve, 0, "secp521r1", 0, kSignVerify, kEcdsa512, kSigning},
    {"ECC_SECG_P256K1", kEllipticCurve, 0, "secp256k1", 0, kSignVerify, kEcdsa256, kSigning},
    {"ECC_NIST_P256", kEllipticCurve, 0, "prime256v1", 0, kKeyAgreement, kEcdh, kAgreement},
    {"ECC_NIST_P384", kEllipticCurve, 0, "secp384r1", 0, kKeyAgreement, kEcdh, kAgreement},
    {"ECC_NIST_P521", kEllipticCurve, 0, "secp521r1", 0, kKeyAgreement, kEcdh, kAgreement},
    {"HMAC_224", kHmac, 0, nullptr, 28, kGenerateVerifyMac, kHmac224, kMac},
    {"HMAC_256", kHmac, 0, nullptr, 32, kGenerateVerifyMac, kHmac256, kMac},
    {"HMAC_384", kHmac, 0, nullptr, 48, kGenerateVerifyMac, kHmac384, kMac},
    {"HMAC_512", kHmac, 0, nullptr, 64, kGenerateVerifyMac, kHmac512, kMac},
};

}  // namespace

const KeySpec* FindKeySpec(std::string_view name, std::string_view usage) {
  const auto* const row = std::ranges::find_if(
      kSpecs, [&](const KeySpec& spec) { return spec.name == name && (usage.empty() || spec.usage == usage); });
  return row == std::end(kSpecs) ? nullptr : row;
}

const KeySpec& SpecOf(const Json& key_spec) {
  const KeySpec* const spec = FindKeySpec(GetString(key_spec, "KeySpec"), GetString(key_spec, "KeyUsage"));
  if (spec == nullptr) throw Error(kInternalFailure, "A stored KMS key has a KeySpec that this release does not know.");
  return *spec;
}

void RequireAlgorithm(const KeySpec& spec, std::string_view arn, std::string_view usage, std::string_view algorithm) {
  if (spec.usage == usage && std::ranges::find(spec.algorithms, algorithm) != spec.algorithms.end()) return;
  throw Error(kInvalidKeyUsage,
              fmt::format("{} cannot be used for {} with {}: its KeyUsage is {} and its KeySpec {}, which has {}.", arn,
                          usage, algorithm, spec.usage, spec.name, fmt::join(spec.algorithms, ", ")));
}

}  // namespace sagebrush::keys
