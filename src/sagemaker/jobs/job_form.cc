#include "sagemaker/jobs/job_form.h"

#include <fmt/format.h>

#include "sagemaker/volume.h"

namespace sagebrush::sagemaker {

std::string InstanceTypeOf(const JobForm& form, const store::Resource& job) {
  return GetString(job.spec, fmt::format("{}.InstanceType", form.resources));
}

std::int64_t VolumeBytesOf(const JobForm& form, const store::Resource& job) {
  return VolumeBytes(job.spec, fmt::format("{}.VolumeSizeInGB", form.resources));
}

std::size_t HostsOf(const JobForm& form, const store::Resource& job) {
  return static_cast<std::size_t>(GetInt(job.spec, fmt::format("{}.InstanceCount", form.resources), 1));
}

std::string LogStreamOf(const JobForm& form, const store::Resource& job, std::size_t host) {
  return fmt::format("{}/algo-{}-{}", NameOf(form.noun, job), host + 1, job.created.milliseconds / 1000);
}

}  // namespace sagebrush::sagemaker
