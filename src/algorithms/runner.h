#pragma once

#include <stop_token>
#include <string_view>

#include "base/file.h"

namespace sagebrush::algorithms {

// Runs a training job by SageMaker's container contract, below `root` (/opt/ml): reads input/config/*.json and
// input/data/<channel>, writes model/ and output/data/, keeps checkpoints/ where the job has any, and prints its log.
// Returns the exit code: 0, or 1 after it wrote output/failure, whose first 1,024 characters say what to do.
int RunTraining(std::string_view algorithm, const Path& root, std::stop_token stop);

}  // namespace sagebrush::algorithms
