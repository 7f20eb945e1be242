#include <gtest/gtest.h>

#include "base/encoding.h"
#include "keys/keys_world.h"
#include "keys/private_key.h"

namespace sagebrush::keys {
namespace {

class OtherKeys : public testing::Test {
 protected:
  std::string Make(const char* key_spec, const char* usage) {
    return world_.NewKey({{"KeySpec", key_spec}, {"KeyUsage", usage}});
  }
  KeysWorld world_;
};

TEST_F(OtherKeys, ASignatureIsVerifiedByItsKeyAlone) {
  const std::string key = Make("ECC_NIST_P256", "SIGN_VERIFY");
  const auto request = [](const std::string& id, const char* message, const std::string& signature) {
    JsonObject input{{"KeyId", id}, {"Message", message}, {"SigningAlgorithm", "ECDSA_SHA_256"}};
    if (!signature.empty()) input["Signature"] = signature;
    return input;
  };
  const std::string signature = GetString(world_.Kms("Sign", request(key, "text", "")), "Signature");
  EXPECT_TRUE(GetBool(world_.Kms("Verify", request(key, "text", signature)), "SignatureValid"));
  EXPECT_EQ(world_.Refusal("Verify", request(key, "other", signature)), "KMSInvalidSignatureException");
  EXPECT_EQ(world_.Refusal("Verify", request(Make("ECC_NIST_P256", "SIGN_VERIFY"), "text", signature)),
            "KMSInvalidSignatureException");
  world_.Kms("DisableKey", {{"KeyId", key}});
  EXPECT_EQ(world_.Refusal("Sign", request(key, "text", "")), "DisabledException");
}

TEST_F(OtherKeys, AKeyIsForItsUsageAndAlgorithmsOnly) {
  const std::string signing = Make("RSA_2048", "SIGN_VERIFY");
  EXPECT_EQ(world_.Refusal("Encrypt", {{"KeyId", signing}, {"Plaintext", "x"}}), "InvalidKeyUsageException");
  EXPECT_EQ(world_.Refusal("GenerateDataKey", {{"KeyId", signing}, {"KeySpec", "AES_256"}}),
            "InvalidKeyUsageException");
  EXPECT_EQ(world_.Refusal("Sign", {{"KeyId", signing}, {"Message", "x"}, {"SigningAlgorithm", "ECDSA_SHA_256"}}),
            "InvalidKeyUsageException");
  EXPECT_EQ(world_.Refusal("EnableKeyRotation", {{"KeyId", signing}}), "UnsupportedOperationException");
  EXPECT_EQ(world_.Refusal("GetPublicKey", {{"KeyId", world_.NewKey()}}), "UnsupportedOperationException");
  EXPECT_EQ(world_.Refusal("CreateKey", {{"KeySpec", "RSA_2048"}}), "ValidationException");
  EXPECT_EQ(world_.Refusal("CreateKey", {{"KeySpec", "RSA_2048"}, {"KeyUsage", "GENERATE_VERIFY_MAC"}}),
            "ValidationException");
  EXPECT_EQ(world_.Refusal("CreateKey", {{"KeySpec", "SM2"}, {"KeyUsage", "SIGN_VERIFY"}}),
            "UnsupportedOperationException");
}

TEST_F(OtherKeys, AnRsaKeyEncrypts) {
  const std::string key = Make("RSA_2048", "ENCRYPT_DECRYPT");
  const std::string blob = GetString(
      world_.Kms("Encrypt", {{"KeyId", key}, {"Plaintext", "text"}, {"EncryptionAlgorithm", "RSAES_OAEP_SHA_256"}}),
      "CiphertextBlob");
  const JsonObject opening{{"KeyId", key}, {"CiphertextBlob", blob}, {"EncryptionAlgorithm", "RSAES_OAEP_SHA_256"}};
  EXPECT_EQ(GetString(world_.Kms("Decrypt", opening), "Plaintext"), "text");
  JsonObject with_context = opening;
  with_context["EncryptionContext"] = {{"a", "1"}};
  EXPECT_EQ(world_.Refusal("Decrypt", with_context), "ValidationException");
  JsonObject otherwise = opening;
  otherwise["EncryptionAlgorithm"] = "RSAES_OAEP_SHA_1";
  EXPECT_EQ(world_.Refusal("Decrypt", otherwise), "InvalidCiphertextException");
}

TEST_F(OtherKeys, AMacIsVerifiedInItsLength) {
  const std::string key = Make("HMAC_224", "GENERATE_VERIFY_MAC");
  const JsonObject request{{"KeyId", key}, {"Message", "text"}, {"MacAlgorithm", "HMAC_SHA_224"}};
  const std::string mac = GetString(world_.Kms("GenerateMac", request), "Mac");
  EXPECT_EQ(mac.size(), 28u);
  JsonObject checking = request;
  checking["Mac"] = mac;
  EXPECT_TRUE(GetBool(world_.Kms("VerifyMac", checking), "MacValid"));
  checking["Mac"] = mac.substr(1);
  EXPECT_EQ(world_.Refusal("VerifyMac", checking), "KMSInvalidMacException");
}

TEST_F(OtherKeys, TwoKeysAgreeOnASecret) {
  const std::string one = Make("ECC_NIST_P384", "KEY_AGREEMENT");
  const std::string other = Make("ECC_NIST_P384", "KEY_AGREEMENT");
  const auto derive = [&](const std::string& key, const std::string& with) {
    const std::string public_key = GetString(world_.Kms("GetPublicKey", {{"KeyId", with}}), "PublicKey");
    return GetString(world_.Kms("DeriveSharedSecret",
                                {{"KeyId", key}, {"KeyAgreementAlgorithm", "ECDH"}, {"PublicKey", public_key}}),
                     "SharedSecret");
  };
  EXPECT_EQ(derive(one, other).size(), 48u);
  EXPECT_EQ(derive(one, other), derive(other, one));
}

TEST_F(OtherKeys, ADataKeyPairIsWhatItsCiphertextHolds) {
  const Json made = world_.Kms("GenerateDataKeyPair", {{"KeyId", world_.NewKey()}, {"KeyPairSpec", "ECC_NIST_P256"}});
  EXPECT_EQ(world_.Decrypt(GetString(made, "PrivateKeyCiphertextBlob")), GetString(made, "PrivateKeyPlaintext"));
  const auto pair = PrivateKey::Parse(GetString(made, "PrivateKeyPlaintext"), *FindKeySpec("ECC_NIST_P256"));
  ASSERT_TRUE(pair);
  EXPECT_EQ(pair->PublicDer(), GetString(made, "PublicKey"));
}

}  // namespace
}  // namespace sagebrush::keys
