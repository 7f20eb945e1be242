#pragma once

#include <string>

#include "keys/keys_context.h"

namespace sagebrush::keys {

// What a key has that is given none: the account's own policies decide (docs.aws.amazon.com/kms, "Default key policy").
std::string DefaultPolicy(const std::string& account);

// Makes `text` the policy of `key`. Throws Error(MalformedPolicyDocumentException) when it is none, or when it would
// not let the caller put another one, unless the input's BypassPolicyLockoutSafetyCheck is true.
void SetPolicy(const KeysContext& context, const wire::Call& call, const std::string& text, store::Resource& key);

}  // namespace sagebrush::keys
