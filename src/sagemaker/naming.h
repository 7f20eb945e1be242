#pragma once

#include <string>
#include <string_view>

namespace sagebrush::sagemaker {

// How the service model and ARNs spell the name of a noun.
std::string KindOf(std::string_view noun);    // TrainingJob: training-job.
std::string PluralOf(std::string_view noun);  // TrainingJob: TrainingJobs; CodeRepository: CodeRepositories.

}  // namespace sagebrush::sagemaker
