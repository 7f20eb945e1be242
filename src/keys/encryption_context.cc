#include "keys/encryption_context.h"

#include <fmt/format.h>

#include "base/error.h"

namespace sagebrush::keys {
namespace {

constexpr std::size_t kBytesMax = 8192;  // Of its JSON: KMS's quota.

}  // namespace

std::string SideOf(std::string_view action) {
  if (action == "kms:ReEncryptFrom") return "Source";
  return action == "kms:ReEncryptTo" ? "Destination" : "";
}

const Json* EncryptionContextIn(const Json& input, std::string_view action) {
  return Find(input, SideOf(action) + "EncryptionContext");
}

const Json* CheckedEncryptionContext(const Json& input, std::string_view action) {
  const Json* const context = EncryptionContextIn(input, action);
  if (context == nullptr || ToText(*context).size() <= kBytesMax) return context;
  throw Error(kValidation, fmt::format("The {}EncryptionContext has more than {} bytes.", SideOf(action), kBytesMax));
}

}  // namespace sagebrush::keys
