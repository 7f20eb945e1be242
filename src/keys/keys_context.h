#pragma once

#include "base/clock.h"
#include "identity/server_key.h"
#include "keys/grants.h"
#include "store/store.h"
#include "wire/call.h"

namespace sagebrush::keys {

// What every handler of KMS needs.
struct KeysContext {
  store::Store& store;
  const identity::ServerKey& server_key;
  const wire::Authorizer& authorizer;
  const Grants& grants;
  const Clock& clock;
};

}  // namespace sagebrush::keys
