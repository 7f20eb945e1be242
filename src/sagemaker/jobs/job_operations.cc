#include "sagemaker/jobs/job_operations.h"

#include "base/encoding.h"
#include "runtime/capacity.h"
#include "sagemaker/jobs/job_step.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;

// "training job": of "training-job", as it stands in the middle of a sentence.
std::string TitleOf(const store::Resource& job) { return Replaced(job.key.kind, "-", " "); }

}  // namespace

void StopJob(Edit& edit) {
  store::Resource& job = edit.resource;
  if (HasEnded(job)) {
    throw Error(kValidation,
                fmt::format("The request was rejected because the {} is in status {}.", TitleOf(job), job.state));
  }
  edit.spec()["Stop"] = true;  // Says what is wanted. The controller does the stopping.
  job.state = "Stopping";
}

bool EraseEndedJob(Edit& edit) {
  const store::Resource& job = edit.resource;
  if (HasEnded(job)) return true;
  throw Error(kResourceInUse,
              fmt::format("The {} is in status {}; stop it and wait until it has ended.", TitleOf(job), job.state));
}

void CheckInstances(const Context& context, const JobForm& form, const store::Resource& job) {
  const std::string type = InstanceTypeOf(form, job);
  if (type.empty()) throw Error(kValidation, fmt::format("{}.InstanceType is required.", form.resources));
  context.capacity.Offer(type);  // Throws for a type that is not known.
  const std::size_t count = HostsOf(form, job);
  if (count <= form.hosts_max) return;
  throw Error(
      kResourceLimitExceeded,
      fmt::format("This server runs a {} on {} instance{} at most: {}.InstanceCount is {}, the limit is {}.",
                  TitleOf(job), form.hosts_max, form.hosts_max == 1 ? "" : "s", form.resources, count, form.hosts_max));
}

void SetMaxRuntime(Json& spec, std::int64_t seconds_max) {
  Json& condition = spec.as_object()["StoppingCondition"];
  if (!condition.is_object()) condition.emplace_object();
  const Json& seconds = condition.as_object().emplace("MaxRuntimeInSeconds", kJobSecondsDefault).first->value();
  if (seconds.to_number<std::int64_t>() <= seconds_max) return;
  throw Error(kValidation, fmt::format("MaxRuntimeInSeconds is {}, the limit is {} ({} days).", ToText(seconds),
                                       seconds_max, seconds_max / kDaySeconds));
}

}  // namespace sagebrush::sagemaker
