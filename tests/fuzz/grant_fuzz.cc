// links: keys
// A grant that was made of a grant never covers what that does not.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstddef>
#include <cstdint>

#include "keys/grant.h"

namespace {

using namespace sagebrush;

Json Pairs(FuzzedDataProvider& from) {
  JsonObject pairs;
  for (const char* key : {"a", "A", "b"}) {
    if (from.ConsumeBool()) pairs[key] = from.ConsumeBool() ? "1" : "2";
  }
  return pairs;
}

JsonObject Request(FuzzedDataProvider& from) {
  JsonArray operations;
  for (const char* name : {"Decrypt", "Encrypt", "CreateGrant"}) {
    if (from.ConsumeBool()) operations.emplace_back(name);
  }
  JsonObject request{{"Operations", std::move(operations)}};
  const char* const type = from.ConsumeBool() ? "EncryptionContextEquals" : "EncryptionContextSubset";
  if (Json pairs = Pairs(from); from.ConsumeBool() && !pairs.as_object().empty())
    request["Constraints"] = JsonObject{{type, std::move(pairs)}};
  return request;
}

store::Resource GrantOf(JsonObject request) {
  store::Resource grant;
  grant.key = {keys::kGrantKind, "1", "r", "key/id"};
  grant.spec = std::move(request);
  return grant;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider from(data, size);
  const store::Resource parent = GrantOf(Request(from));
  const JsonObject request = Request(from);
  if (!keys::Covers(parent, "kms:CreateGrant", request)) return 0;
  const store::Resource child = GrantOf(request);
  const Json input{{"EncryptionContext", Pairs(from)}};
  for (const char* action : {"kms:Decrypt", "kms:Encrypt"}) {
    if (keys::Covers(child, action, input) && !keys::Covers(parent, action, input)) __builtin_trap();
  }
  return 0;
}
