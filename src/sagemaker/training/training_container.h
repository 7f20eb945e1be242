#pragma once

#include "runtime/capacity.h"
#include "runtime/runtime.h"
#include "sagemaker/role_objects.h"
#include "store/store.h"

namespace sagebrush::sagemaker {

// The `/opt/ml` tree of one training job on the host: <data>/jobs/<uid>/. sagemaker-behaviour 3.3 is its contract.
class TrainingContainer {
 public:
  TrainingContainer(const Context& context, const store::Resource& job);

  // Lays out configuration, channels and restored checkpoints, as the job's role may read them. May be repeated while
  // the job has not started. Throws Error that says what the user must change.
  void Prepare() const;

  // What the runtime is to run, in `room` of the machine.
  runtime::WorkloadSpec Workload(const runtime::Room& room, const Path& log_file) const;

  // Copies new checkpoints to S3. Does nothing for a job without CheckpointConfig.
  void SaveCheckpoints() const;

  // Uploads model and output data. Returns ModelArtifacts.S3ModelArtifacts.
  std::string Upload() const;
  bool HasLargeOutput() const;  // Uploading will take a while.
  std::string FailureFile() const;
  // Deletes what a failed job wrote and nobody will upload. On a full disk there is then room to record its end.
  void DropOutput() const;

  void Remove() const;

  // Lines for the job's log about fields that were accepted and have no effect here.
  std::vector<std::string> Notices() const;

 private:
  RoleObjects Objects() const;
  void WriteConfiguration() const;
  std::map<std::string, std::string> Environment() const;
  void UploadTree(const RoleObjects& objects, const Path& directory, const S3Uri& target) const;

  const Context& context_;
  const store::Resource& job_;
  std::string name_;
  std::string arn_;
  Path root_;
};

}  // namespace sagebrush::sagemaker
