#pragma once

#include <optional>
#include <vector>

#include "sagemaker/jobs/channels.h"
#include "sagemaker/jobs/job_files.h"
#include "sagemaker/jobs/uploads.h"

namespace sagebrush::sagemaker {

// The `/opt/ml` tree of one host of a processing job: configuration, /opt/ml/processing with inputs and outputs, the
// exit message. Developer Guide, build-your-own-processing-container, is its contract.
class ProcessingContainer {
 public:
  ProcessingContainer(const Context& context, const store::Resource& job, std::size_t host);

  // Lays out configuration and inputs, as the job's role may read them, and makes the directories of the outputs. All
  // below /opt/ml/processing is the job's own, inputs too: they are copies, in which it may unpack and change. May be
  // repeated while the job has not started. Throws Error that says what the user must change;
  // Error(kServiceUnavailable) once a stop is asked for, as all below that takes a stop.
  void Prepare(const std::stop_token& stop) const;

  // What the runtime is to run, in `room` of the machine.
  runtime::WorkloadSpec Workload(const runtime::Room& room, const Path& log_file) const;

  // Uploads what is new or changed in the outputs whose S3UploadMode is Continuous. Objects stay whose file is gone.
  void UploadContinuousOutputs(const std::stop_token& stop) const;
  // Uploads the outputs whose S3UploadMode is EndOfJob. `notice` takes lines for the job's log about what was left out.
  // Throws Error(kValidation) when there is more than the volume holds.
  void UploadOutputs(const Notice& notice, const std::stop_token& stop) const;
  // What the job wrote to /opt/ml/output/message, its first KB; nullopt: it is no UTF-8.
  std::optional<std::string> ExitMessage() const;
  // Deletes all that was laid out and written below /opt/ml/processing.
  void DropOutputs() const;

 private:
  struct Output {
    std::string local_path;  // In the container.
    S3Uri target;
  };

  std::vector<Output> Outputs(std::string_view upload_mode) const;
  void AddInput(const RoleObjects& objects, const Json& source, ChannelLayout& layout) const;
  void PlaceInputs(const RoleObjects& objects, const std::stop_token& stop) const;
  void MakeOutputs(const RoleObjects& objects) const;
  // nullopt: the job has removed it, or put something else in its place.
  std::optional<Directory> OpenOutput(const Output& output) const;

  const Context& context_;
  const store::Resource& job_;
  const std::size_t host_;
  const JobFiles files_;
};

}  // namespace sagebrush::sagemaker
