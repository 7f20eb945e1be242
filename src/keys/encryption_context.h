#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace sagebrush::keys {

// Which of the two sides of a ReEncrypt `action` ("kms:ReEncryptFrom") is: "Source", "Destination"; else empty.
std::string SideOf(std::string_view action);
// The encryption context that a request gives for `action`; nullptr: none.
const Json* EncryptionContextIn(const Json& input, std::string_view action);
// The same, for use. Throws Error(kValidation) when it is too large.
const Json* CheckedEncryptionContext(const Json& input, std::string_view action);

}  // namespace sagebrush::keys
