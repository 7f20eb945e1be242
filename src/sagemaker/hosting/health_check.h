#pragma once

#include <stop_token>
#include <string>

#include "runtime/runtime.h"

namespace sagebrush::sagemaker {

// Whether the model server answers GET /ping with 200 within 2 seconds (Developer Guide,
// your-algorithms-inference-code). Blocks that long at most, and hardly at all once `stop` is requested.
bool AnswersPing(runtime::Runtime& runtime, const std::string& workload, std::stop_token stop);

// Whether the model server, which was in service before this process began, is to be in service still: it takes
// connections and does not answer /ping with anything but 200 at once.
bool TakesConnections(runtime::Runtime& runtime, const std::string& workload);

}  // namespace sagebrush::sagemaker
