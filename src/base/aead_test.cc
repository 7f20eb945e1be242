#include "base/aead.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace sagebrush {
namespace {

std::string Hex(std::string_view hex) {
  std::string bytes;
  EXPECT_TRUE(FromHex(hex, bytes));
  return bytes;
}

// NIST's CAVP vectors for GCM (gcmEncryptExtIV256.rsp, 128-bit text without and with associated data).
TEST(Gcm, GivesThePublishedResults) {
  GcmCipher plain(SecretKey(Hex("31bdadd96698c204aa9ce1448ea94ae1fb4a9a0b3c9d773b51bb1822666b8f22")));
  std::string out(32, '\0');
  plain.Encrypt(Hex("0d18e06c7c725ac9e362e1ce"), "", Hex("2db5168e932556f8089a0622981d017d"), out.data());
  EXPECT_EQ(ToHex(out), "fa4362189661d163fcd6a56d8bf0405ad636ac1bbedd5cc3ee727dc2ab4a9489");
}

// OpenSSL's command line:
// openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt hexkey:00..1f -kdfopt hexsalt:000102 -kdfopt info:part HKDF
TEST(DeriveKey, GivesWhatOpenSslGives) {
  const SecretKey key(Hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));
  EXPECT_EQ(ToHex(DeriveKey(key, Hex("000102"), "part").bytes()),
            "c3a829dc1eb7d76fb7105078cca973df5f233bfccfa5f742b9c19eeb15584137");
  EXPECT_NE(DeriveKey(key, Hex("000103"), "part"), DeriveKey(key, Hex("000102"), "part"));
  EXPECT_NE(DeriveKey(key, Hex("000102"), "other"), DeriveKey(key, Hex("000102"), "part"));
}

TEST(Seal, IsOpenedBySameKeyAndPurposeOnly) {
  const SecretKey key = SecretKey::Random();
  const std::string sealed = Seal(key, "text", "purpose");
  EXPECT_EQ(Unseal(key, sealed, "purpose"), "text");
  EXPECT_EQ(Unseal(key, sealed, "another"), std::nullopt);
  EXPECT_EQ(Unseal(SecretKey::Random(), sealed, "purpose"), std::nullopt);
  EXPECT_EQ(Unseal(key, Seal(key, "", "p"), "p"), "");
  EXPECT_EQ(Unseal(key, "", "purpose"), std::nullopt);
}

TEST(Seal, LetsNoBitBeChanged) {
  const SecretKey key = SecretKey::Random();
  const std::string sealed = Seal(key, "text", "p");
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string changed = sealed;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(Unseal(key, changed, "p"), std::nullopt) << bit;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_EQ(Unseal(key, sealed.substr(0, size), "p"), std::nullopt);
}

TEST(GcmCipher, EncryptsAndDecryptsByTurns) {
  GcmCipher cipher(SecretKey::Random());
  const std::string one(12, '1'), two(12, '2');
  std::string sealed(20, '\0'), again(20, '\0'), text(4, '\0');
  cipher.Encrypt(one, "", "text", sealed.data());
  EXPECT_TRUE(cipher.Decrypt(one, "", sealed, text.data()));
  EXPECT_EQ(text, "text");
  EXPECT_FALSE(cipher.Decrypt(two, "", sealed, text.data()));
  cipher.Encrypt(one, "", "text", again.data());
  EXPECT_EQ(again, sealed);
}

}  // namespace
}  // namespace sagebrush
