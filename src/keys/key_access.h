#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keys/key_lookup.h"
#include "keys/keys_context.h"

namespace sagebrush::keys {

// What `action` ("kms:Encrypt") on a key asks for: the key's policy, with its grants, governs. A request may name the
// key by `name`.
wire::Access KeyAccess(const KeysContext& context, const wire::Call& call, const store::Resource& key,
                       std::string_view action, std::string_view name = "");
// The right to retire a grant: whom it names for it has it, and whoever has it by the key.
wire::Access RetireAccess(const KeysContext& context, const wire::Call& call, const store::Resource& key,
                          const store::Resource& grant);
// The same for what is no key: an alias, or "*". The caller's own policies decide.
wire::Access OtherAccess(const wire::Call& call, std::string resource, std::string_view action);

// A key of a request, and how the request names it; empty: not at all, the ciphertext does.
struct NamedKey {
  KeyPointer key;
  std::string name;
};
std::vector<wire::Access> ReEncryptAccesses(const KeysContext& context, const wire::Call& call, const NamedKey& source,
                                            const NamedKey& destination);

// The key that an operation is to use, stored if it was not yet. The access rule has asked for `action` on it; where it
// is named by an alias, which may have been moved since, it is asked for again.
KeyPointer UseKey(const KeysContext& context, const wire::Call& call, const std::string& name, std::string_view action);

// The condition keys of KMS that are set.
std::span<const std::string_view> KmsKeys();

}  // namespace sagebrush::keys
