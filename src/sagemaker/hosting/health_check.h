#pragma once

#include <string>

#include "runtime/runtime.h"

namespace sagebrush::sagemaker {

// Whether the model server answers GET /ping with 200 within 2 seconds (sagemaker-behaviour 3.5). Blocks that long at
// most.
bool AnswersPing(runtime::Runtime& runtime, const std::string& workload);

}  // namespace sagebrush::sagemaker
