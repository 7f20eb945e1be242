#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/runtime.h"
#include "store/store.h"

namespace sagebrush::sagemaker {

// The workload of a host of the job, 0 being the first: the job's uid, and what follows it.
std::string WorkloadOf(const store::Resource& job, std::size_t host);

// Whether the whole job is over once a host has ended so. A kind of job chooses one of these, or has its own.
using EndsJob = bool (*)(const runtime::WorkloadState& host);
// Any but success: what the others do is worth nothing without it.
bool EndsJobByFailure(const runtime::WorkloadState& host);

// The workloads of a job's hosts, seen as one.
struct JobRun {
  // Runs as long as one runs; started when all had. Ended as the one did that decided how: the first whose end was the
  // job's (EndsJob); else the first host, when all have ended.
  runtime::WorkloadState state;
  std::size_t host = 0;  // That one.
  bool over = false;     // The job is over, so that those that run still are to be stopped.
};

// nullopt: not all of them are known to the runtime. Depends on its arguments only.
std::optional<JobRun> RunOf(const std::vector<std::optional<runtime::WorkloadState>>& hosts, EndsJob ends_job);

}  // namespace sagebrush::sagemaker
