#include "keys/private_key.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/error.h"
#include "keys/key.h"

namespace sagebrush::keys {
namespace {

const KeySpec& Spec(std::string_view name) { return *FindKeySpec(name); }

TEST(PrivateKey, IsReadAgainFromItsDer) {
  for (const char* name : {"RSA_2048", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1"}) {
    const PrivateKey key = PrivateKey::Generate(Spec(name));
    const auto read = PrivateKey::Parse(key.ToDer().view(), Spec(name));
    ASSERT_TRUE(read) << name;
    EXPECT_TRUE(read->IsSound()) << name;
    EXPECT_EQ(read->PublicDer(), key.PublicDer()) << name;
    EXPECT_FALSE(PrivateKey::Parse(key.ToDer().view(), Spec("RSA_3072"))) << name;
    EXPECT_FALSE(PrivateKey::Parse(key.ToDer().view().substr(1), Spec(name))) << name;
  }
}

TEST(PrivateKey, SignsWithEachOfItsAlgorithms) {
  for (const char* name : {"RSA_2048", "ECC_NIST_P384", "ECC_SECG_P256K1"}) {
    const KeySpec& spec = *FindKeySpec(name, kSignVerify);
    const PrivateKey key = PrivateKey::Generate(spec);
    for (const std::string_view algorithm : spec.algorithms) {
      const std::string signature = key.Sign(algorithm, "message", false);
      EXPECT_TRUE(key.Verify(algorithm, "message", false, signature)) << algorithm;
      EXPECT_FALSE(key.Verify(algorithm, "massage", false, signature)) << algorithm;
      EXPECT_FALSE(key.Verify(algorithm, "message", false, "no signature")) << algorithm;
      EXPECT_FALSE(PrivateKey::Generate(spec).Verify(algorithm, "message", false, signature)) << algorithm;
    }
  }
}

TEST(PrivateKey, SignsADigestAsTheMessageOfIt) {
  const PrivateKey key = PrivateKey::Generate(Spec("ECC_NIST_P256"));
  const std::string digest(AsText(Sha256("message")));
  EXPECT_TRUE(key.Verify("ECDSA_SHA_256", "message", false, key.Sign("ECDSA_SHA_256", digest, true)));
  EXPECT_THROW(key.Sign("ECDSA_SHA_256", "short", true), Error);
}

TEST(PrivateKey, OpensWhatWasEncryptedForIt) {
  const PrivateKey key = PrivateKey::Generate(Spec("RSA_2048"));
  for (const char* algorithm : {"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"}) {
    const std::string blob = key.Encrypt(algorithm, "text");
    const auto opened = key.Decrypt(algorithm, blob);
    ASSERT_TRUE(opened) << algorithm;
    EXPECT_EQ(opened->view(), "text");
    EXPECT_FALSE(key.Decrypt(algorithm, blob.substr(1))) << algorithm;
    EXPECT_FALSE(PrivateKey::Generate(Spec("RSA_2048")).Decrypt(algorithm, blob)) << algorithm;
  }
  EXPECT_EQ(key.Encrypt("RSAES_OAEP_SHA_256", std::string(190, 'x')).size(), 256u);  // RFC 8017: 256 - 2 * 32 - 2.
  EXPECT_THROW(key.Encrypt("RSAES_OAEP_SHA_256", std::string(191, 'x')), Error);
}

TEST(PrivateKey, AgreesWithAKeyOfItsCurveOnly) {
  const PrivateKey one = PrivateKey::Generate(Spec("ECC_NIST_P256"));
  const PrivateKey other = PrivateKey::Generate(Spec("ECC_NIST_P256"));
  const auto secret = one.Derive(other.PublicDer());
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->view(), other.Derive(one.PublicDer())->view());
  EXPECT_FALSE(one.Derive(PrivateKey::Generate(Spec("ECC_NIST_P384")).PublicDer()));
  EXPECT_FALSE(one.Derive(PrivateKey::Generate(Spec("RSA_2048")).PublicDer()));
  EXPECT_FALSE(one.Derive("no key"));
  std::string off_the_curve = other.PublicDer();
  off_the_curve.back() = static_cast<char>(off_the_curve.back() ^ 1);
  EXPECT_FALSE(one.Derive(off_the_curve));
}

}  // namespace
}  // namespace sagebrush::keys
