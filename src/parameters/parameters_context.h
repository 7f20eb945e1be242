#pragma once

#include "base/clock.h"
#include "store/store.h"
#include "wire/api.h"
#include "wire/call.h"

namespace sagebrush::parameters {

// What every handler of Parameter Store needs.
struct ParametersContext {
  store::Store& store;
  const wire::Api& api;
  const Clock& clock;
};

}  // namespace sagebrush::parameters
