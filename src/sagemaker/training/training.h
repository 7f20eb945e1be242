#pragma once

#include <memory>

#include "reconcile/controller.h"
#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

const Noun& TrainingJobNoun();
// StopTrainingJob, UpdateTrainingJob.
std::unique_ptr<reconcile::Controller> MakeTrainingJobController(const Context& context);

// How long a job may run that does not say so.
inline constexpr std::int64_t kTrainingSecondsDefault = 86'400;

// The log group and stream of a job's first (and only) instance.
inline constexpr std::string_view kTrainingLogGroup = "/aws/sagemaker/TrainingJobs";
std::string TrainingLogStream(const store::Resource& job);

// CheckpointConfig.LocalPath of a job's specification, or its default. Throws Error(kValidation).
std::string CheckpointPath(const Json& spec);

}  // namespace sagebrush::sagemaker
