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

std::string LogStreamOf(const JobForm& form, const store::Resource& job) {
  return fmt::format("{}/algo-1-{}", NameOf(form.noun, job), job.created.milliseconds / 1000);
}

}  // namespace sagebrush::sagemaker
