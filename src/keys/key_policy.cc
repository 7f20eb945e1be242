#include "keys/key_policy.h"

#include <fmt/format.h>

#include "keys/key_access.h"
#include "keys/key_errors.h"

namespace sagebrush::keys {
namespace {

constexpr std::size_t kPolicyBytesMax = 32 << 10;

std::string Pin(const KeysContext& context, const std::string& text) {
  if (text.size() > kPolicyBytesMax) {
    throw Error(kKeyLimitExceeded, fmt::format("The policy has more than {} bytes.", kPolicyBytesMax));
  }
  try {
    return context.authorizer.PinPolicy(text);
  } catch (const Error& error) {
    if (error.kind().fault == Fault::kServer) throw;
    throw Error(kKeyPolicyMalformed, error.what());  // KMS's code for it.
  }
}

}  // namespace

std::string DefaultPolicy(const std::string& account) {
  return ToText(
      JsonObject{{"Version", "2012-10-17"},
                 {"Id", "key-default-1"},
                 {"Statement",
                  JsonArray{JsonObject{{"Sid", "Enable IAM User Permissions"},
                                       {"Effect", "Allow"},
                                       {"Principal", JsonObject{{"AWS", fmt::format("arn:aws:iam::{}:root", account)}}},
                                       {"Action", "kms:*"},
                                       {"Resource", "*"}}}}});
}

void SetPolicy(const KeysContext& context, const wire::Call& call, const std::string& text, store::Resource& key) {
  key.spec.at("Policy") = Pin(context, text);
  if (GetBool(call.input, "BypassPolicyLockoutSafetyCheck")) return;
  try {
    context.authorizer.Check(call, {KeyAccess(context, call, key, "kms:PutKeyPolicy")});
  } catch (const Error& error) {
    if (error.kind().fault == Fault::kServer) throw;
    throw Error(kKeyPolicyMalformed, "The new key policy will not allow you to update the key policy in the future.");
  }
}

}  // namespace sagebrush::keys
