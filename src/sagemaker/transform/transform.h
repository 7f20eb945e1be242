#pragma once

#include <memory>

#include "reconcile/controller.h"
#include "sagemaker/jobs/job_form.h"

namespace sagebrush::sagemaker {

const Noun& TransformJobNoun();
const JobForm& TransformJobForm();
std::unique_ptr<reconcile::Controller> MakeTransformJobController(const Context& context);

}  // namespace sagebrush::sagemaker
