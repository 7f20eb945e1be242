#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "keys/ciphertext.h"
#include "keys/keys_context.h"

namespace sagebrush::keys {

// How an operation may name a key besides by its id and its ARN.
enum class KeyNames { kIdOrArn, kAlsoAlias };

using KeyPointer = std::shared_ptr<const store::Resource>;

// The alias that `name` is or whose ARN it is ("alias/name"); empty: it names no alias.
std::string AliasIn(std::string_view name);

// The key that `name` names in the call's account and region. One of AWS's own that is needed for the first time is
// not stored yet: its version is 0. Throws Error(NotFoundException).
KeyPointer FindKey(const KeysContext& context, const wire::Call& call, const std::string& name, KeyNames names);
// The ARN of the key that such a name has now; the name itself when there is none.
std::string KeyArnFor(const store::Reader& store, const std::string& account, const std::string& region,
                      const std::string& name);
// The key that is to open the input's CiphertextBlob: `name`, or when that is empty the one that the blob tells. Throws
// Error(InvalidCiphertextException) when it tells none, Error(AccessDeniedException) when that is not there.
KeyPointer OpeningKey(const KeysContext& context, const wire::Call& call, const std::string& name);

}  // namespace sagebrush::keys
