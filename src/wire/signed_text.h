#pragma once

#include <string_view>

#include "wire/sigv4.h"

namespace sagebrush::wire {

// Whether `signature.signature` is what `secret_key` makes of a text: of the policy of S3's form uploads, in version 4
// (hex, by the key of the credential scope) or 2 (base64).
bool MatchesText(const Signature& signature, std::string_view text, std::string_view secret_key);

}  // namespace sagebrush::wire
