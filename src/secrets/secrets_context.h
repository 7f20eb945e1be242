#pragma once

#include "base/clock.h"
#include "store/store.h"
#include "wire/api.h"
#include "wire/call.h"

namespace sagebrush::secrets {

// What every handler of Secrets Manager needs.
struct SecretsContext {
  store::Store& store;
  const wire::Api& api;
  const wire::Authorizer& authorizer;
  const Clock& clock;
};

}  // namespace sagebrush::secrets
