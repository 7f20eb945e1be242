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
// To be called behind all checks, before anything is done: throws Error(DryRunOperationException) when the input asks
// for a dry run.
void EndDryRun(const Json& input);
// Throws Error(UnsupportedOperationException) when the input has a Recipient, to whom the answer should be encrypted.
void RefuseRecipient(const Json& input);
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

Json Sign(const KeysContext& context, wire::Call& call);
Json Verify(const KeysContext& context, wire::Call& call);
Json GetPublicKey(const KeysContext& context, wire::Call& call);
Json GenerateMac(const KeysContext& context, wire::Call& call);
Json VerifyMac(const KeysContext& context, wire::Call& call);
Json DeriveSharedSecret(const KeysContext& context, wire::Call& call);
Json GenerateDataKeyPair(const KeysContext& context, wire::Call& call);
Json GenerateDataKeyPairWithoutPlaintext(const KeysContext& context, wire::Call& call);

Json GetParametersForImport(const KeysContext& context, wire::Call& call);
Json ImportKeyMaterial(const KeysContext& context, wire::Call& call);
Json DeleteImportedKeyMaterial(const KeysContext& context, wire::Call& call);

Json PutKeyPolicy(const KeysContext& context, wire::Call& call);
Json GetKeyPolicy(const KeysContext& context, wire::Call& call);
Json ListKeyPolicies(const KeysContext& context, wire::Call& call);

Json CreateGrant(const KeysContext& context, wire::Call& call);
Json ListGrants(const KeysContext& context, wire::Call& call);
Json ListRetirableGrants(const KeysContext& context, wire::Call& call);
Json RetireGrant(const KeysContext& context, wire::Call& call);
Json RevokeGrant(const KeysContext& context, wire::Call& call);
// The access rule of RetireGrant.
std::vector<wire::Access> OnRetiredGrant(const KeysContext& context, const wire::Call& call);

Json TagResource(const KeysContext& context, wire::Call& call);
Json UntagResource(const KeysContext& context, wire::Call& call);
Json ListResourceTags(const KeysContext& context, wire::Call& call);

Json EnableKeyRotation(const KeysContext& context, wire::Call& call);
Json DisableKeyRotation(const KeysContext& context, wire::Call& call);
Json GetKeyRotationStatus(const KeysContext& context, wire::Call& call);
Json RotateKeyOnDemand(const KeysContext& context, wire::Call& call);
Json ListKeyRotations(const KeysContext& context, wire::Call& call);

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
