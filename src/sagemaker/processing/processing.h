#pragma once

#include <memory>

#include "reconcile/controller.h"
#include "sagemaker/jobs/job_form.h"

namespace sagebrush::sagemaker {

const Noun& ProcessingJobNoun();
const JobForm& ProcessingJobForm();
const JobTracking& ProcessingJobTracking();
std::unique_ptr<reconcile::Controller> MakeProcessingJobController(const Context& context);

// The directory of the container below which every LocalPath of inputs and outputs is.
inline constexpr std::string_view kProcessingRoot = "/opt/ml/processing";

}  // namespace sagebrush::sagemaker
