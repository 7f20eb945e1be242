#include "keys/grant.h"

#include <algorithm>

#include "keys/encryption_context.h"
#include "keys/key.h"

namespace sagebrush::keys {
namespace {

constexpr std::string_view kPrefix = "kms:";

bool Contains(const JsonArray& list, const Json& value) { return std::ranges::find(list, value) != list.end(); }

// Every pair of `part` is in `whole`, which may be missing: then it has none.
bool IsPartOf(const Json& part, const Json* whole) {
  return std::ranges::all_of(part.as_object(), [&](const auto& pair) {
    const Json* const value = whole == nullptr ? nullptr : whole->as_object().if_contains(pair.key());
    return value != nullptr && *value == pair.value();
  });
}

// Whether there are constraints of which every request that keeps `inner` keeps `outer`, too.
bool IsAtLeastAsStrict(const Json* inner, const Json* outer) {
  if (outer == nullptr) return true;
  if (inner == nullptr) return false;
  const Json* const equal = Find(*inner, "EncryptionContextEquals");
  if (const Json* const wanted = Find(*outer, "EncryptionContextEquals"))
    return equal != nullptr && IsPartOf(*wanted, equal) && IsPartOf(*equal, wanted);
  const Json* const subset = equal != nullptr ? equal : Find(*inner, "EncryptionContextSubset");
  return IsPartOf(outer->at("EncryptionContextSubset"), subset);
}

bool Fits(const Json& constraints, const Json* context) {
  static const Json none = JsonObject();
  if (const Json* const equal = Find(constraints, "EncryptionContextEquals"))
    return IsPartOf(*equal, context) && IsPartOf(context == nullptr ? none : *context, equal);
  return IsPartOf(constraints.at("EncryptionContextSubset"), context);
}

bool MayMakeGrant(const store::Resource& grant, const Json& input) {
  const JsonArray& operations = grant.spec.at("Operations").as_array();
  return std::ranges::all_of(input.at("Operations").as_array(),
                             [&](const Json& operation) { return Contains(operations, operation); }) &&
         IsAtLeastAsStrict(Find(input, "Constraints"), Find(grant.spec, "Constraints"));
}

}  // namespace

std::string GrantIdOf(const store::Resource& grant) { return grant.key.name.substr(grant.key.name.find('/') + 1); }

bool Covers(const store::Resource& grant, std::string_view action, const Json& input) {
  const std::string_view operation = action.substr(kPrefix.size());
  if (!Contains(grant.spec.at("Operations").as_array(), Json(operation)) || operation == "RetireGrant") return false;
  if (operation == "CreateGrant") return MayMakeGrant(grant, input);
  const Json* const constraints = Find(grant.spec, "Constraints");
  return constraints == nullptr || operation == "DescribeKey" || Fits(*constraints, EncryptionContextIn(input, action));
}

Json StatementFor(const Json& principal, std::string_view action) {
  return {{"Effect", "Allow"}, {"Principal", principal}, {"Action", action}, {"Resource", "*"}};
}

JsonObject DescribeGrant(const store::Resource& grant) {
  JsonObject out{{"KeyId", ArnOf({kKeyKind, grant.key.account, grant.key.region,
                                  grant.key.name.substr(0, grant.key.name.find('/'))})},
                 {"GrantId", GrantIdOf(grant)},
                 {"CreationDate", grant.created.ToEpochSeconds()},
                 {"IssuingAccount", "arn:aws:iam::" + grant.key.account + ":root"}};
  for (const char* member : {"Name", "GranteePrincipal", "RetiringPrincipal", "Operations", "Constraints"}) {
    if (const Json* const value = Find(grant.spec, member)) out[member] = *value;
  }
  return out;
}

}  // namespace sagebrush::keys
