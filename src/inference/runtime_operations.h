#pragma once

#include "inference/model_call.h"
#include "inference/router.h"
#include "wire/call.h"

namespace sagebrush::inference {

// The operations of service "sagemaker-runtime". The router outlives the table.
void AddRuntimeOperations(wire::OperationTable& operations, Router& router, const ModelLimits& limits = {});

}  // namespace sagebrush::inference
