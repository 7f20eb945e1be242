#pragma once

#include "runtime/capacity.h"
#include "runtime/image_provider.h"
#include "runtime/runtime.h"
#include "sagemaker/jobs/job_form.h"
#include "sagemaker/role_objects.h"

namespace sagebrush::sagemaker {

// The files of one host of a job on this machine, <data>/jobs/<uid>/ (of the first, in which are those of the others),
// and what the workloads of all kinds of jobs are given.
class JobFiles {
 public:
  JobFiles(const Context& context, const JobForm& form, const store::Resource& job, std::size_t host = 0);

  const Path& root() const { return root_; }
  const std::string& name() const { return name_; }
  const std::string& arn() const { return arn_; }

  // S3 as the job's role sees it.
  RoleObjects Objects() const;
  // Writes a file below the root anew, in a directory that is there.
  void WriteJson(const Path& file, const Json& value) const;
  // The beginning of a file that the workload may have written; empty when there is none. The workload may have put a
  // link or a pipe there.
  std::string ReadBeginning(const char* directory, const char* file, std::size_t bytes_max) const;

  // Program, environment, limits and credentials; the kind adds its mounts. `specification`: the part of the spec that
  // may have ContainerEntrypoint and ContainerArguments; without the first, `otherwise` is run.
  runtime::WorkloadSpec Workload(const runtime::PreparedImage& image, const Json& specification,
                                 const std::vector<std::string>& otherwise, const runtime::Room& room,
                                 const Path& log_file) const;

  // Deletes all of it, of the first host those of all, as far as that can be done. Throws Error(kServiceUnavailable)
  // once a stop is asked for and something is left; may be repeated.
  void Remove(const std::stop_token& stop) const;

 private:
  const Context& context_;
  const JobForm& form_;
  const store::Resource& job_;
  const std::size_t host_;
  std::string name_, arn_;
  Path root_;
};

}  // namespace sagebrush::sagemaker
