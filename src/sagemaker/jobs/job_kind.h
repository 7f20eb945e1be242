#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/capacity.h"
#include "runtime/runtime.h"
#include "sagemaker/archive.h"
#include "sagemaker/jobs/job_outcome.h"

namespace sagebrush::sagemaker {

// What every job goes through. A kind tells of it in its own way, or not at all.
enum class JobPhase {
  kImage,     // Its image is being made ready; the message says how far that is.
  kWaiting,   // For room; the message says for what.
  kRunning,   // Since the given time; waiting and inputs lie before it.
  kStopping,  // Its workload was asked to end.
  kOutputs,   // Its workload ended at the given time, and what it made is being uploaded.
};

// What came of some work beside a workload.
struct WorkBeside {
  Seconds next{};  // How long after it there is more to do.
  std::optional<JobOutcome>
      end;  // The job's work is done: the workload, a server, is to be ended, and the job with it.
};

// What one kind of job is, of which JobController is the course. It holds nothing of any job: what is remembered is in
// the store and in the job's files. Safe to call from any thread; all of it may be repeated, also by another process.
class JobKind {
 public:
  virtual ~JobKind() = default;

  virtual const JobForm& Form() const = 0;

  // Lays out what the workloads of all hosts find, as the job's role may read it. Throws Error that says what the user
  // must change; Error(kServiceUnavailable) once a stop is asked for, as all below that takes a stop. A chore.
  virtual void PlaceInputs(const store::Resource& job, const std::stop_token& stop) const = 0;
  // Lines for the job's log about fields that were accepted and have no effect here.
  virtual std::vector<std::string> Notices(const store::Resource& job) const = 0;
  // What the runtime is to run as a host of the job (HostsOf; 0 is the first), in `room` of the machine.
  virtual runtime::WorkloadSpec Workload(const store::Resource& job, std::size_t host, const runtime::Room& room,
                                         const Path& log_file) const = 0;

  // Whether there is work beside the running workload: what it writes is to be uploaded, or it is to be asked.
  virtual bool HasWorkBeside(const store::Resource& job) const = 0;
  // Does some of that work. A chore; a failure is no failure of the job: it is tried again.
  virtual WorkBeside DoWorkBeside(const store::Resource& job, const std::stop_token& stop) const = 0;

  // What the workload of a host says itself of its failure; empty: nothing.
  virtual std::string FailureText(const store::Resource& job, std::size_t host) const = 0;
  // Uploads what the workload has left that ended with `outcome`, which may become a failure by that. Adds to `status`
  // what Describe tells of it. `notice` takes lines for the job's log about what was left out. What it throws becomes
  // the job's failure. A chore.
  virtual void Collect(const store::Resource& job, JobOutcome& outcome, JsonObject& status, const Notice& notice,
                       const std::stop_token& stop) const = 0;
  // Deletes what the workload wrote and nobody will upload. On a full disk there is then room to record the end.
  virtual void DropOutputs(const store::Resource& job) const = 0;

  // Write into the status how far the job is, and how it has ended: what its noun tells beside state, reason and the
  // form's times. Pure.
  virtual void Tell(store::Resource& job, JobPhase phase, const std::string& message, Time when) const = 0;
  virtual void TellEnd(store::Resource& job, const JobOutcome& outcome, Time ended) const = 0;
};

}  // namespace sagebrush::sagemaker
