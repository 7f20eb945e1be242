#pragma once

#include "base/json.h"
#include "runtime/image_provider.h"

namespace sagebrush::sagemaker {

// Throws Error(kValidation) when a job's hyperparameters (`sagemaker_program`) or a model's environment
// (`SAGEMAKER_PROGRAM`) name a program of the user's own (the SDK's entry_point) for a built-in algorithm's image,
// which runs none here: the job would fail, the endpoint answer without the user's code. nullptr: nothing was given.
void RefuseScriptMode(const runtime::ImageDescription& image, const Json* hyperparameters_or_environment);

}  // namespace sagebrush::sagemaker
