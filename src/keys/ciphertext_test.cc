#include "keys/ciphertext.h"

#include <gtest/gtest.h>

namespace sagebrush::keys {
namespace {

const CiphertextHeader kHeader{"01234567-89ab-cdef-0123-456789abcdef", "0011223344556677"};

SecretKey Material(char byte) { return SecretKey(std::string(32, byte)); }

TEST(Ciphertext, TellsItsKeyAndMaterial) {
  const auto header = ReadHeader(EncryptText(kHeader, Material('m'), "text", nullptr));
  ASSERT_TRUE(header);
  EXPECT_EQ(header->key_id, kHeader.key_id);
  EXPECT_EQ(header->material_prefix, kHeader.material_prefix);
}

TEST(Ciphertext, OpensWithItsMaterialAndContextInAnyOrder) {
  const Json context{{"a", "1"}, {"b", "2"}};
  const Json turned{{"b", "2"}, {"a", "1"}};
  const std::string blob = EncryptText(kHeader, Material('m'), "text", &context);
  EXPECT_EQ(DecryptText(Material('m'), blob, &turned), "text");
  EXPECT_EQ(DecryptText(Material('n'), blob, &context), std::nullopt);
}

TEST(Ciphertext, AnotherContextDoesNotOpenIt) {
  const Json context{{"a", "1"}, {"b", "2"}};
  const std::string blob = EncryptText(kHeader, Material('m'), "text", &context);
  for (const Json& other : {Json{{"a", "1"}}, Json{{"a", "1"}, {"B", "2"}}, Json{{"a", "1b2"}}, Json{{"a1", "b2"}},
                            Json{{"a", "2"}, {"b", "1"}}, Json(JsonObject())}) {
    EXPECT_EQ(DecryptText(Material('m'), blob, &other), std::nullopt) << ToText(other);
  }
  EXPECT_EQ(DecryptText(Material('m'), blob, nullptr), std::nullopt);
}

TEST(Ciphertext, NoContextIsAnEmptyOne) {
  const Json empty = JsonObject();
  EXPECT_EQ(DecryptText(Material('m'), EncryptText(kHeader, Material('m'), "text", nullptr), &empty), "text");
}

TEST(Ciphertext, AChangeOfAnyByteIsSeen) {
  const std::string blob = EncryptText(kHeader, Material('m'), "text", nullptr);
  for (std::size_t i = 0; i < blob.size(); ++i) {
    std::string changed = blob;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_TRUE(!ReadHeader(changed) || !DecryptText(Material('m'), changed, nullptr)) << i;
  }
}

TEST(Ciphertext, WhatIsTooShortIsNone) {
  const std::string blob = EncryptText(kHeader, Material('m'), "", nullptr);
  EXPECT_EQ(DecryptText(Material('m'), blob, nullptr), "");
  for (std::size_t size = 0; size < blob.size(); ++size) EXPECT_FALSE(ReadHeader(blob.substr(0, size))) << size;
}

TEST(Ciphertext, TheSameTextIsNeverTheSameTwice) {
  EXPECT_NE(EncryptText(kHeader, Material('m'), "text", nullptr), EncryptText(kHeader, Material('m'), "text", nullptr));
}

}  // namespace
}  // namespace sagebrush::keys
