#pragma once

#include <functional>
#include <string>

#include "keys/key_lookup.h"
#include "keys/keys_context.h"

namespace sagebrush::keys {

// Changes the key that the input's KeyId names, by its id or ARN; again when another writer came first. Throws as
// FindKey.
void ChangeKey(const KeysContext& context, const wire::Call& call, const std::function<void(store::Resource&)>& change);
// The key that the input's KeyId names.
KeyPointer KeyIn(const KeysContext& context, const wire::Call& call, KeyNames names = KeyNames::kIdOrArn);
// Throws Error(TagException) for a key of AWS's own or one that comes twice, Error(LimitExceededException) for too
// many.
void CheckTags(const JsonArray& tags);

Json CreateKey(const KeysContext& context, wire::Call& call);
Json DescribeKey(const KeysContext& context, wire::Call& call);
Json ListKeys(const KeysContext& context, wire::Call& call);
Json EnableKey(const KeysContext& context, wire::Call& call);
Json DisableKey(const KeysContext& context, wire::Call& call);
Json ScheduleKeyDeletion(const KeysContext& context, wire::Call& call);
Json CancelKeyDeletion(const KeysContext& context, wire::Call& call);
Json UpdateKeyDescription(const KeysContext& context, wire::Call& call);

Json CreateAlias(const KeysContext& context, wire::Call& call);
Json UpdateAlias(const KeysContext& context, wire::Call& call);
Json DeleteAlias(const KeysContext& context, wire::Call& call);
Json ListAliases(const KeysContext& context, wire::Call& call);

Json Encrypt(const KeysContext& context, wire::Call& call);
Json Decrypt(const KeysContext& context, wire::Call& call);
Json ReEncrypt(const KeysContext& context, wire::Call& call);
Json GenerateDataKey(const KeysContext& context, wire::Call& call);
Json GenerateDataKeyWithoutPlaintext(const KeysContext& context, wire::Call& call);
Json GenerateRandom(const KeysContext& context, wire::Call& call);

}  // namespace sagebrush::keys
