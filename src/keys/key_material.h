#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "base/secret.h"
#include "identity/server_key.h"
#include "keys/key_spec.h"
#include "store/store.h"

// The bytes of a key, sealed with the server's key: members of its status' list Materials, {Id, Sealed, Created, Type},
// the newest last. Every earlier one stays, for what was encrypted with it.
namespace sagebrush::keys {

// New bytes for a key of `spec`.
Secret MakeMaterial(const KeySpec& spec);

// Adds `bytes` as the newest. Their Id, 64 hexadecimal digits, is a hash of them and the key.
// `type`: how a rotation that made it is called; empty: none did.
void AddMaterial(const identity::ServerKey& server_key, const Secret& bytes, Time now, store::Resource& key,
                 std::string_view type = "");
// Takes away all of it, which was imported: it can be imported again.
void DropMaterial(store::Resource& key);
// nullptr: there is none.
const Json* CurrentMaterial(const store::Resource& key);
// By the first characters of its Id; nullptr: there is none.
const Json* FindMaterial(const store::Resource& key, std::string_view id_prefix);
// Throws Error(kInternalFailure) when it was sealed with another server's key.
Secret OpenMaterial(const identity::ServerKey& server_key, const store::Resource& key, const Json& material);

}  // namespace sagebrush::keys
