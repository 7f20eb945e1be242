#pragma once

#include "store/store.h"
#include "wire/call.h"

namespace sagebrush::secrets {

// The next secrets of the account, `limit` when MaxResults says none, in the order that the input asks for. Throws
// Error(InvalidNextTokenException).
store::Page PageOfSecrets(const store::Reader& store, const wire::Call& call, std::int64_t limit);

// Whether a secret has what all of the input's Filters ask for.
bool FitsFilters(const store::Resource& secret, const wire::Call& call);

}  // namespace sagebrush::secrets
