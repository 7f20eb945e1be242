#pragma once

#include <string>
#include <vector>

#include "sagemaker/jobs/job_files.h"

namespace sagebrush::sagemaker {

// One object that a transform job reads, and where what becomes of it goes.
struct TransformInput {
  S3Uri object;
  S3Uri output;
};

// What a transform job keeps on the host: its model, the list of its inputs, which of them are done, and parts of those
// under way.
class TransformFiles {
 public:
  TransformFiles(const Context& context, const store::Resource& job);

  // Places the model and lists the inputs, once. May be repeated while the job has not started. Throws Error that says
  // what the user must change; Error(kServiceUnavailable) once a stop is asked for.
  void Prepare(const std::stop_token& stop) const;
  runtime::WorkloadSpec Workload(const runtime::Room& room, const Path& log_file) const;

  RoleObjects Objects() const { return files_.Objects(); }
  std::vector<TransformInput> Inputs() const;

  // Whether the model server has answered /ping once.
  bool IsReady() const;
  void SetReady() const;

  // How inputs ended, by their places in the list.
  struct Done {
    std::size_t input = 0;
    std::string failure;  // Empty: its output is stored.
  };
  std::vector<Done> AllDone() const;
  // Is lost where the machine fails right after: the input is then done once more.
  void AddDone(const Done& done) const;

  // For the parts of the input at that place of the list.
  Path Part(std::size_t input, const char* name) const;
  // Where AWS tells what became of the data: beside the log of the model.
  Path DataLog() const;

 private:
  const Context& context_;
  const store::Resource& job_;
  const JobFiles files_;
};

}  // namespace sagebrush::sagemaker
