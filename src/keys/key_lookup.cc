#include "keys/key_lookup.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/arn.h"
#include "keys/key.h"
#include "keys/key_errors.h"
#include "keys/managed_keys.h"

namespace sagebrush::keys {
namespace {

constexpr std::string_view kAliasPrefix = "alias/";
constexpr std::string_view kKeyPrefix = "key/";

[[noreturn]] void ThrowInvalid(std::string_view name) {
  throw Error(kKeyNotFound, fmt::format("Invalid keyId '{}'", name));
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (dash ? text[i] != '-' : !hex) return false;
  }
  return true;
}

// What stands behind the account: "key/ID" or "alias/NAME".
std::string ResourceIn(const wire::Call& call, const std::string& name) {
  const auto arn = Arn::Parse(name);
  if (!arn || arn->service != "kms") ThrowInvalid(name);
  if (arn->region != call.region) throw Error(kKeyNotFound, "Invalid arn " + arn->region);
  if (arn->account != call.account()) {
    throw Error(kKeyAccessDenied,
                fmt::format("User: {} is not authorized to use {}: the key belongs to another account, and access "
                            "across accounts is not given, not by a key policy either",
                            call.principal.arn, name));
  }
  return arn->resource;
}

KeyPointer KeyOfAlias(const KeysContext& context, const wire::Call& call, const std::string& alias) {
  const store::Key key{kAliasKind, call.account(), call.region, alias};
  if (const auto found = context.store.Get(key)) {
    if (auto target = context.store.Get({kKeyKind, call.account(), call.region, GetString(found->spec, "TargetKeyId")}))
      return target;
  } else if (const auto service = ServiceOfAlias(alias)) {
    return std::make_shared<const store::Resource>(
        NewManagedKey(call.account(), call.region, *service, context.clock.Now()));
  }
  throw Error(kKeyNotFound, fmt::format("Alias {} is not found.", ArnOf(key)));
}

}  // namespace

std::string AliasIn(std::string_view name) {
  if (name.starts_with(kAliasPrefix)) return std::string(name);
  const auto arn = Arn::Parse(name);
  return arn && arn->resource.starts_with(kAliasPrefix) ? arn->resource : "";
}

KeyPointer FindKey(const KeysContext& context, const wire::Call& call, const std::string& name, KeyNames names) {
  std::string resource = name.starts_with("arn:") ? ResourceIn(call, name) : name;
  if (resource.starts_with(kAliasPrefix)) {
    if (names != KeyNames::kAlsoAlias) ThrowInvalid(name);
    return KeyOfAlias(context, call, resource);
  }
  if (name.starts_with("arn:")) {
    if (!resource.starts_with(kKeyPrefix)) ThrowInvalid(name);
    resource.erase(0, kKeyPrefix.size());
  }
  if (!IsUuid(resource)) ThrowInvalid(name);
  const store::Key key{kKeyKind, call.account(), call.region, resource};
  auto found = context.store.Get(key);
  if (found == nullptr) throw Error(kKeyNotFound, fmt::format("Key '{}' does not exist", ArnOf(key)));
  return found;
}

std::string KeyArnFor(const store::Reader& store, const std::string& account, const std::string& region,
                      const std::string& name) {
  const std::string alias = AliasIn(name);
  if (alias.empty()) return name.starts_with("arn:") ? name : ArnOf({kKeyKind, account, region, name});
  const auto found = store.Get({kAliasKind, account, region, alias});
  return found == nullptr ? name : ArnOf({kKeyKind, account, region, GetString(found->spec, "TargetKeyId")});
}

KeyPointer OpeningKey(const KeysContext& context, const wire::Call& call, const std::string& name) {
  if (!name.empty()) return FindKey(context, call, name, KeyNames::kAlsoAlias);
  const auto header = ReadHeader(GetString(call.input, "CiphertextBlob"));
  if (!header) throw Error(kInvalidCiphertext, "The CiphertextBlob is no ciphertext of a key of this server.");
  auto key = context.store.Get({kKeyKind, call.account(), call.region, header->key_id});
  if (key != nullptr) return key;
  throw Error(kKeyAccessDenied,
              "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or "
              "you are not allowed to access.");
}

}  // namespace sagebrush::keys
