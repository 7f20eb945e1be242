#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keys/keys_context.h"

// The keys of AWS's own: one for each service that encrypts unless told otherwise, called alias/aws/SERVICE, made when
// it is first needed. Whoever is of the account may use it through that service, and nobody otherwise.
namespace sagebrush::keys {

// The service whose key that alias is ("s3"); nullopt: of none here.
std::optional<std::string_view> ServiceOfAlias(std::string_view alias);
// Not stored yet.
store::Resource NewManagedKey(const std::string& account, const std::string& region, std::string_view service,
                              Time now);
// The key, if it is stored. Else it is a new one, and is stored with its alias, unless another caller was first: then
// it is that caller's.
std::shared_ptr<const store::Resource> KeptKey(const KeysContext& context, std::shared_ptr<const store::Resource> key);

}  // namespace sagebrush::keys
