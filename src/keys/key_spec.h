#pragma once

#include <span>
#include <string_view>

#include "base/json.h"

namespace sagebrush::keys {

enum class KeyFamily { kSymmetric, kRsa, kEllipticCurve, kHmac };

// What one KeySpec is and can do.
struct KeySpec {
  std::string_view name;
  KeyFamily family;
  int bits;                // Of an RSA modulus.
  const char* curve;       // As OpenSSL calls it; nullptr: it is none.
  std::size_t bytes;       // Of the material where that is plain bytes.
  std::string_view usage;  // Further rows of the same name have further usages.
  std::span<const std::string_view> algorithms;
  const char* algorithms_member;  // Where DescribeKey and GetPublicKey show them.
};

inline constexpr char kSignVerify[] = "SIGN_VERIFY";
inline constexpr char kGenerateVerifyMac[] = "GENERATE_VERIFY_MAC";
inline constexpr char kKeyAgreement[] = "KEY_AGREEMENT";

// nullptr: not built here, or a usage that it does not have. An empty usage: any.
const KeySpec* FindKeySpec(std::string_view name, std::string_view usage = "");
// Of a key. Its KeySpec and KeyUsage are in the table.
const KeySpec& SpecOf(const Json& key_spec);

// Throws Error(InvalidKeyUsageException) unless the key of `spec`, whose ARN is `arn`, is for `usage` and `algorithm`.
void RequireAlgorithm(const KeySpec& spec, std::string_view arn, std::string_view usage, std::string_view algorithm);

}  // namespace sagebrush::keys
