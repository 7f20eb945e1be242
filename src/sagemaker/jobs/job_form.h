#pragma once

#include <string>
#include <string_view>

#include "sagemaker/jobs/job_gang.h"
#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

struct JobTracking;  // experiments/tracking.h

// By what one reads jobs of a kind and speaks of them: where things are in spec and status, and some words.
struct JobForm {
  const Noun& noun;
  std::string_view resources;     // The part of the spec with InstanceType, InstanceCount and VolumeSizeInGB.
  std::string_view image;         // Where in the spec the image is that its workloads run ...
  std::string_view role;          // ... and its role.
  std::string_view start_member;  // Of the status: when the workload began to run.
  std::string_view end_member;    // Of the status: when the job ended.
  std::string_view log_group;
  std::string_view use;          // Of the meter; with it, the price.
  std::string_view output_key;   // Where in the spec the key of KMS is that what it writes to S3 is encrypted with.
  std::string_view output;       // "Artifact": what is uploaded at the end.
  std::string_view loss_advice;  // Follows "Create the job again under a new name" where its work was lost.
  const JobTracking* tracking;   // What ExperimentConfig makes of it; nullptr: its noun refuses that.
  bool serves = false;           // Its workload is a server, which ends when the work beside it is done.
  std::size_t hosts_max = 1;     // InstanceCount.
  EndsJob ends_job = EndsJobByFailure;
};

std::string InstanceTypeOf(const JobForm& form, const store::Resource& job);
std::int64_t VolumeBytesOf(const JobForm& form, const store::Resource& job);
// InstanceCount: how many hosts it has, a workload each.
std::size_t HostsOf(const JobForm& form, const store::Resource& job);
// In the form's log group: of a host of the job.
std::string LogStreamOf(const JobForm& form, const store::Resource& job, std::size_t host = 0);

// How long a job may run that does not say so.
inline constexpr std::int64_t kJobSecondsDefault = 86'400;

}  // namespace sagebrush::sagemaker
