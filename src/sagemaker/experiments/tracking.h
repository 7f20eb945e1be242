#pragma once

#include "sagemaker/jobs/job_form.h"

namespace sagebrush::sagemaker {

// How jobs of one kind show in experiments.
struct JobTracking {
  std::string_view suffix;       // "-aws-training-job": of the component's name, behind the job's.
  std::string_view source_type;  // "SageMakerTrainingJob"
  // Parameters, InputArtifacts and OutputArtifacts that the component has of the job, as CreateTrialComponent has them,
  // beside what it has of its image and instances. OutputArtifacts may become more as the job goes on. Pure.
  JsonObject (*shown)(const store::Resource& job);
  std::string_view image;  // Where in the spec the job names its image.
};

// For Noun::prepare of a job: makes the trial component that its ExperimentConfig asks for, in the commit that makes
// the job. Nothing when it has none. Throws Error when experiment, trial or run are not there or do not fit.
void TrackJob(Edit& edit, const JobForm& form);

// For whatever writes a job's state: adds to `also` what the job's component, if there is one, shows when the job is
// written like that: its status, times, artifacts and metrics (of the job's status: MetricSummaries, as SummaryOf makes
// them).
void FollowJob(const Context& context, const JobForm& form, const store::Resource& job, Alongside& also);

}  // namespace sagebrush::sagemaker
