#pragma once

#include <memory>

#include "reconcile/controller.h"
#include "sagemaker/jobs/channels.h"
#include "sagemaker/jobs/job_form.h"

namespace sagebrush::sagemaker {

const Noun& TrainingJobNoun();
const JobForm& TrainingJobForm();
const JobTracking& TrainingJobTracking();
std::unique_ptr<reconcile::Controller> MakeTrainingJobController(const Context& context);

// Of a channel of a training job's specification.
InputMode ModeOfChannel(const Json& spec, const Json& channel);

// CheckpointConfig.LocalPath of a job's specification, or its default. Throws Error(kValidation).
std::string CheckpointPath(const Json& spec);

}  // namespace sagebrush::sagemaker
