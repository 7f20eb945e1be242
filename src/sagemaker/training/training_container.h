#pragma once

#include "runtime/capacity.h"
#include "runtime/runtime.h"
#include "sagemaker/archive.h"
#include "sagemaker/role_objects.h"
#include "store/store.h"

namespace sagebrush::sagemaker {

// The `/opt/ml` tree of one training job on the host: <data>/jobs/<uid>/. sagemaker-behaviour 3.3 is its contract.
class TrainingContainer {
 public:
  TrainingContainer(const Context& context, const store::Resource& job);

  // Lays out configuration, channels and restored checkpoints, as the job's role may read them. May be repeated while
  // the job has not started. Throws Error that says what the user must change; stops as SaveCheckpoints.
  void Prepare(const std::stop_token& stop = {}) const;

  // What the runtime is to run, in `room` of the machine.
  runtime::WorkloadSpec Workload(const runtime::Room& room, const Path& log_file) const;

  // Copies new checkpoints to S3. Does nothing for a job without CheckpointConfig. Throws Error(kServiceUnavailable)
  // within a second once a stop is asked for; may be repeated.
  void SaveCheckpoints(const std::stop_token& stop = {}) const;

  // Uploads model and output data. Returns ModelArtifacts.S3ModelArtifacts. `notice` takes lines for the job's log
  // about what was left out. Throws Error(kValidation) when there is more than the volume holds; stops as
  // SaveCheckpoints.
  std::string Upload(const std::stop_token& stop = {}, const Notice& notice = {}) const;
  std::string FailureFile() const;
  // Deletes what a failed job wrote and nobody will upload. On a full disk there is then room to record its end.
  void DropOutput() const;

  // Deletes all files of the job, as far as that can be done. Throws Error(kServiceUnavailable) once a stop is asked
  // for and something is left; may be repeated.
  void Remove(const std::stop_token& stop = {}) const;

  // Lines for the job's log about fields that were accepted and have no effect here.
  std::vector<std::string> Notices() const;

 private:
  RoleObjects Objects() const;
  S3Uri OutputUri() const;
  void WriteConfiguration() const;
  std::map<std::string, std::string> Environment() const;
  void WriteConfigurationFile(const char* name, const Json& value) const;
  std::int64_t VolumeBytes() const;
  // What Upload is about: a directory, and the name of what is made of it below `output`.
  struct Output;
  void UploadFiles(const Output& what, const S3Uri& target, const std::stop_token& stop, const Notice& notice) const;
  void UploadPacked(const Output& what, const S3Uri& target, const std::stop_token& stop, const Notice& notice) const;

  const Context& context_;
  const store::Resource& job_;
  std::string name_;
  std::string arn_;
  Path root_;
};

}  // namespace sagebrush::sagemaker
