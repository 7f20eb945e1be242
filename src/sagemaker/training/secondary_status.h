#pragma once

#include <string>

#include "store/store.h"

namespace sagebrush::sagemaker {

// Ends the current entry of SecondaryStatusTransitions at `now` and begins one for `status`.
// Does nothing when the job is in that status with that message already.
void RecordTransition(store::Resource& job, const std::string& status, const std::string& message, Time now);

}  // namespace sagebrush::sagemaker
