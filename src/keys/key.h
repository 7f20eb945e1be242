#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "store/store.h"

namespace sagebrush::keys {

// A KMS key is a resource of the store, named by its id. Its spec is what operations said of it: KeySpec, KeyUsage,
// Origin, KeyManager, Description, Policy (pinned), Tags ([{TagKey, TagValue}]), Aliases (their names), Enabled, and
// while its deletion is scheduled DeletionDate (milliseconds) and PendingWindowInDays. Its status has the key material
// (key_material.h).
inline constexpr char kKeyKind[] = "kms-key";
// An alias is one too, named as it is called ("alias/name"); its spec has TargetKeyId. Its key has its name as well,
// written in the same commit.
inline constexpr char kAliasKind[] = "kms-alias";

inline constexpr char kSymmetricDefault[] = "SYMMETRIC_DEFAULT";
inline constexpr char kEncryptDecrypt[] = "ENCRYPT_DECRYPT";

struct KeyForm {
  std::string key_spec = kSymmetricDefault;
  std::string key_usage = kEncryptDecrypt;
  std::string origin = "AWS_KMS";
  std::string manager = "CUSTOMER";
  std::string description{};
  std::string policy{};
  JsonArray tags{};
};
// A key without material, with an id of its own.
store::Resource NewKey(const std::string& account, const std::string& region, const KeyForm& form, Time now);

// arn:aws:kms:REGION:ACCOUNT:key/ID, and .../alias/NAME: that of a key or of an alias.
std::string ArnOf(const store::Key& key);

const JsonArray& TagsOf(const store::Resource& key);
const JsonArray& AliasesOf(const store::Resource& key);
bool IsPendingDeletion(const store::Resource& key);
// "Enabled", "Disabled", "PendingDeletion", "PendingImport".
std::string_view StateOf(const store::Resource& key);

// Throws Error(DisabledException) or Error(KMSInvalidStateException) unless cryptographic operations may use it.
void RequireEnabled(const store::Resource& key);
// Throws Error(KMSInvalidStateException) when its deletion is scheduled.
void RequireNotPendingDeletion(const store::Resource& key);

// What DescribeKey shows.
JsonObject MetadataOf(const store::Resource& key);

}  // namespace sagebrush::keys
