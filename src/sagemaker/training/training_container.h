#pragma once

#include "sagemaker/jobs/channels.h"
#include "sagemaker/jobs/job_files.h"
#include "sagemaker/jobs/uploads.h"

namespace sagebrush::sagemaker {

// The `/opt/ml` tree of one training job on the host. sagemaker-behaviour 3.3 is its contract.
class TrainingContainer {
 public:
  TrainingContainer(const Context& context, const store::Resource& job);

  // Lays out configuration, channels and restored checkpoints, as the job's role may read them. May be repeated while
  // the job has not started. Throws Error that says what the user must change; stops as SaveCheckpoints.
  void Prepare(const std::stop_token& stop) const;

  // What the runtime is to run, in `room` of the machine.
  runtime::WorkloadSpec Workload(const runtime::Room& room, const Path& log_file) const;

  // Makes the objects under CheckpointConfig.S3Uri equal to the job's checkpoints. Does nothing for a job without.
  // Throws Error(kServiceUnavailable) within a second once a stop is asked for; may be repeated.
  void SaveCheckpoints(const std::stop_token& stop) const;

  // Uploads model and output data. Returns ModelArtifacts.S3ModelArtifacts. `notice` takes lines for the job's log
  // about what was left out. Throws Error(kValidation) when there is more than the volume holds; stops as
  // SaveCheckpoints.
  std::string Upload(const std::stop_token& stop, const Notice& notice) const;
  std::string FailureFile() const;
  // Deletes what a failed job wrote and nobody will upload.
  void DropOutput() const;

 private:
  S3Uri OutputUri() const;
  void WriteConfiguration() const;
  void PlaceChannel(const RoleObjects& objects, const Json& channel, InputLimits& limits) const;
  // Fills the directory of the checkpoints with the objects under CheckpointConfig.S3Uri, and nothing else.
  void RestoreCheckpoints(const RoleObjects& objects, const std::stop_token& stop) const;
  std::int64_t VolumeBytes() const;
  // What Upload is about: a directory, and the name of what is made of it below `output`.
  struct Output;
  void UploadPacked(const Output& what, const S3Uri& target, const std::stop_token& stop, const Notice& notice) const;

  const Context& context_;
  const store::Resource& job_;
  const JobFiles files_;
};

}  // namespace sagebrush::sagemaker
