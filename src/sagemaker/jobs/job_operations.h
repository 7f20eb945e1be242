#pragma once

#include "sagemaker/jobs/job_form.h"

namespace sagebrush::sagemaker {

// Noun::stop of jobs: says in the spec that it shall end, which its controller does. One that has ended is refused.
void StopJob(Edit& edit);

// Noun::erase of jobs: one that has ended is removed; any other is refused.
bool EraseEndedJob(Edit& edit);

// Throws Error unless the job's instances can be had on this machine some day.
void CheckInstances(const Context& context, const JobForm& form, const store::Resource& job);

// Gives StoppingCondition.MaxRuntimeInSeconds its default. Throws Error(kValidation) above `seconds_max`.
void SetMaxRuntime(Json& spec, std::int64_t seconds_max);

}  // namespace sagebrush::sagemaker
