#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "store/store.h"

namespace sagebrush::keys {

// A grant is a resource of the store, named KEYID/GRANTID. Its spec is what CreateGrant was given (GranteePrincipal,
// RetiringPrincipal, Operations, Constraints, Name), and Grantee and Retiring: these principals as kept policies name
// them, so that another one made later under the name gets nothing.
inline constexpr char kGrantKind[] = "kms-grant";

std::string GrantIdOf(const store::Resource& grant);

// Whether it lets its grantee do `action` ("kms:Decrypt") with a request's `input`: the action is one of its
// operations, the encryption context fits its constraints, and a grant that is to be made of it gives no more than it
// does itself. Depends on its arguments only. Retiring is not looked at.
bool Covers(const store::Resource& grant, std::string_view action, const Json& input);

// The statement of a key policy that stands for it: `principal` may do `action`.
Json StatementFor(const Json& principal, std::string_view action);

// As ListGrants shows it.
JsonObject DescribeGrant(const store::Resource& grant);

}  // namespace sagebrush::keys
