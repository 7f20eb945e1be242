#include <gtest/gtest.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/encoding.h"
#include "keys/keys_world.h"

namespace sagebrush::keys {
namespace {

const std::string kMaterial(32, 'm');

std::string WrapOaep(const std::string& public_der, const std::string& text) {
  const auto* at = reinterpret_cast<const unsigned char*>(public_der.data());
  EVP_PKEY* const key = d2i_PUBKEY(nullptr, &at, static_cast<long>(public_der.size()));
  EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new(key, nullptr);
  EVP_PKEY_encrypt_init(context);
  EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING);
  EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256());
  EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256());
  std::string out(512, '\0');
  std::size_t size = out.size();
  EVP_PKEY_encrypt(context, reinterpret_cast<unsigned char*>(out.data()), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
  EVP_PKEY_CTX_free(context);
  EVP_PKEY_free(key);
  return out.substr(0, size);
}

class KeyImport : public testing::Test {
 protected:
  Json Parameters(const std::string& key, const char* algorithm = "RSAES_OAEP_SHA_256") {
    return world_.Kms("GetParametersForImport",
                      {{"KeyId", key}, {"WrappingAlgorithm", algorithm}, {"WrappingKeySpec", "RSA_2048"}});
  }
  JsonObject Request(const Json& parameters, const std::string& key, const std::string& material = kMaterial) {
    return {{"KeyId", key},
            {"ImportToken", GetString(parameters, "ImportToken")},
            {"EncryptedKeyMaterial", WrapOaep(GetString(parameters, "PublicKey"), material)},
            {"ExpirationModel", "KEY_MATERIAL_DOES_NOT_EXPIRE"}};
  }
  void Import(const std::string& key) { world_.Kms("ImportKeyMaterial", Request(Parameters(key), key)); }
  std::string State() { return GetString(world_.Kms("DescribeKey", {{"KeyId", key_}}), "KeyMetadata.KeyState"); }

  KeysWorld world_;
  const std::string key_ = world_.NewKey({{"Origin", "EXTERNAL"}});
};

TEST_F(KeyImport, AKeyWaitsForItsMaterialAndLosesItWhenToldTo) {
  EXPECT_EQ(State(), "PendingImport");
  EXPECT_EQ(world_.Refusal("Encrypt", {{"KeyId", key_}, {"Plaintext", "x"}}), "KMSInvalidStateException");
  Import(key_);
  EXPECT_EQ(State(), "Enabled");
  const std::string blob = world_.Encrypt(key_, "text");
  world_.Kms("DeleteImportedKeyMaterial", {{"KeyId", key_}});
  EXPECT_EQ(world_.Code([&] { world_.Decrypt(blob); }), "KMSInvalidStateException");
  Import(key_);
  EXPECT_EQ(world_.Decrypt(blob), "text");
}

TEST_F(KeyImport, OtherMaterialThanBeforeIsRefused) {
  Import(key_);
  EXPECT_EQ(world_.Refusal("ImportKeyMaterial", Request(Parameters(key_), key_, std::string(32, 'n'))),
            "IncorrectKeyMaterialException");
  EXPECT_EQ(world_.Decrypt(world_.Encrypt(key_, "text")), "text");
}

TEST_F(KeyImport, MaterialExpires) {
  JsonObject request = Request(Parameters(key_), key_);
  request["ExpirationModel"] = "KEY_MATERIAL_EXPIRES";
  EXPECT_EQ(world_.Refusal("ImportKeyMaterial", request), "ValidationException");
  request["ValidTo"] = (world_.clock().Now() + std::chrono::hours(2)).ToEpochSeconds();
  world_.Kms("ImportKeyMaterial", request);
  world_.clock().Advance(std::chrono::hours(2) - Milliseconds(1));
  world_.Reconcile();
  EXPECT_EQ(State(), "Enabled");
  world_.clock().Advance(Milliseconds(1));
  world_.Reconcile();
  EXPECT_EQ(State(), "PendingImport");
}

TEST_F(KeyImport, ATokenIsForOneKeyAndOneDay) {
  const Json parameters = Parameters(key_);
  const std::string other = world_.NewKey({{"Origin", "EXTERNAL"}});
  EXPECT_EQ(world_.Refusal("ImportKeyMaterial", Request(parameters, other)), "InvalidImportTokenException");
  JsonObject made_up = Request(parameters, key_);
  made_up["ImportToken"] = "made-up";
  EXPECT_EQ(world_.Refusal("ImportKeyMaterial", made_up), "InvalidImportTokenException");
  world_.clock().Advance(std::chrono::hours(24));
  EXPECT_EQ(world_.Refusal("ImportKeyMaterial", Request(parameters, key_)), "ExpiredImportTokenException");
}

TEST_F(KeyImport, WhatIsNoMaterialIsRefused) {
  const Json parameters = Parameters(key_);
  EXPECT_EQ(world_.Refusal("ImportKeyMaterial", Request(parameters, key_, "short")), "InvalidCiphertextException");
  JsonObject damaged = Request(parameters, key_);
  damaged["EncryptedKeyMaterial"] = "damaged";
  EXPECT_EQ(world_.Refusal("ImportKeyMaterial", damaged), "InvalidCiphertextException");
  EXPECT_EQ(world_.Refusal("GetParametersForImport", {{"KeyId", world_.NewKey()},
                                                      {"WrappingAlgorithm", "RSAES_OAEP_SHA_256"},
                                                      {"WrappingKeySpec", "RSA_2048"}}),
            "UnsupportedOperationException");
  EXPECT_EQ(world_.Code([&] { Parameters(key_, "RSAES_PKCS1_V1_5"); }), "UnsupportedOperationException");
}

// Against Python: hmac.new(b"m" * 32, b"text", "sha256").
TEST_F(KeyImport, AnImportedMacKeyMakesTheMacThatOthersMakeWithIt) {
  const std::string key =
      world_.NewKey({{"Origin", "EXTERNAL"}, {"KeySpec", "HMAC_256"}, {"KeyUsage", "GENERATE_VERIFY_MAC"}});
  Import(key);
  const Json made = world_.Kms("GenerateMac", {{"KeyId", key}, {"Message", "text"}, {"MacAlgorithm", "HMAC_SHA_256"}});
  EXPECT_EQ(ToHex(GetString(made, "Mac")), "bee081011577322556466ebc056f68d6f1a0d24110ba4d50c5d10f5d438e9813");
}

}  // namespace
}  // namespace sagebrush::keys
