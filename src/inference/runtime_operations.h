#pragma once

#include "inference/router.h"
#include "wire/call.h"

namespace sagebrush::inference {

// The operations of service "sagemaker-runtime". The router outlives the table. `access` says what InvokeEndpoint must
// be allowed, for who knows more of endpoints than their names (their tags); empty: the action on the endpoint's ARN.
void AddRuntimeOperations(wire::OperationTable& operations, Router& router, wire::AccessRule access = {});

}  // namespace sagebrush::inference
