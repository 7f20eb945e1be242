// The policy of a key, of which there is one, called default.
#include <fmt/format.h>

#include "keys/key.h"
#include "keys/key_errors.h"
#include "keys/key_handlers.h"
#include "keys/key_policy.h"
#include "keys/paging.h"

namespace sagebrush::keys {
namespace {

constexpr char kDefault[] = "default";
constexpr std::size_t kPageDefault = 100;

void RequireDefault(const Json& input) {
  if (const std::string name = GetString(input, "PolicyName", kDefault); name != kDefault)
    throw Error(kKeyNotFound, fmt::format("There is no policy {}: the policy of a key is called default.", name));
}

}  // namespace

Json PutKeyPolicy(const KeysContext& context, wire::Call& call) {
  RequireDefault(call.input);
  ChangeKey(context, call,
            [&](store::Resource& key) { SetPolicy(context, call, GetString(call.input, "Policy"), key); });
  return {};
}

Json GetKeyPolicy(const KeysContext& context, wire::Call& call) {
  RequireDefault(call.input);
  const KeyPointer key = KeyIn(context, call);
  return {{"Policy", context.authorizer.ShowPolicy(GetString(key->spec, "Policy"))}, {"PolicyName", kDefault}};
}

Json ListKeyPolicies(const KeysContext& context, wire::Call& call) {
  KeyIn(context, call);
  return PageOf(call, "PolicyNames", {{kDefault, kDefault}}, kPageDefault);
}

}  // namespace sagebrush::keys
