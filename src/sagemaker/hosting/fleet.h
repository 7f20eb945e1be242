#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/capacity.h"
#include "sagemaker/context.h"
#include "sagemaker/hosting/endpoint_step.h"
#include "sagemaker/hosting/endpoint_variants.h"

namespace sagebrush::sagemaker {

// A set of instances of an endpoint, as far as it has come.
struct Fleet {
  std::int64_t number = 0;  // FleetOf.
  const JsonArray* variants = nullptr;
  std::vector<Instance> instances;
  std::vector<Instance> healthy;
  std::optional<Seconds> look_again;  // Unless something wakes the endpoint before.

  bool IsComplete() const { return healthy.size() == instances.size(); }
  void LookWithin(Seconds delay) { look_again = std::min(look_again.value_or(delay), delay); }
};

// Starts and stops the instances of endpoints. Knows of each what the runtime does not tell: how often it crashed,
// whether it answers. Safe to call from any thread; calls for one endpoint must not overlap.
class Fleets {
 public:
  explicit Fleets(const Context& context) : context_(context) {}

  // What becomes of a deployment whose instances cannot come up.
  enum class OnCrash {
    kThrow,  // Error with the end of the instance's log, once it crashed kCrashesOfDeployment times or ran out of time.
    kRestart,  // It served before: it is started again for ever, ever more slowly.
  };
  // Brings each instance one step further. Throws Error when the model's files cannot be placed, too.
  Fleet Advance(const store::Resource& endpoint, std::int64_t number, const JsonArray& variants, OnCrash on_crash);

  // Finds those that run and answer, without starting any: for a process that has just begun. Waits a quarter of a
  // second for each that takes connections and says nothing, and counts it in: it was in service, and may be busy.
  Fleet Survey(const store::Resource& endpoint, std::int64_t number, const JsonArray& variants);

  // Stops and forgets every instance of the endpoint that is not of `kept` (nullptr: all), with their files and what is
  // under way for them. True when none is left; otherwise to be called again soon.
  bool Retire(const store::Resource& endpoint, const Fleet* kept);

 private:
  InstanceRecord& RecordOf(const std::string& workload);
  bool AdvanceInstance(const store::Resource& endpoint, Fleet& fleet, const Instance& instance, OnCrash on_crash);
  void Start(const store::Resource& endpoint, Fleet& fleet, const Instance& instance);
  // Whether the model's files are there; begins to place them when they are not.
  bool Prepare(const store::Resource& endpoint, Fleet& fleet, const Json& variant);
  void Ask(const store::Resource& endpoint, Fleet& fleet, const Instance& instance, const runtime::WorkloadState& run);
  void GiveUp(const store::Resource& endpoint, Fleet& fleet, const Instance& instance, OnCrash on_crash);
  void Bury(const store::Resource& endpoint, Fleet& fleet, const Instance& instance, const runtime::WorkloadState& run);
  void Forget(const std::string& workload);
  bool ForgetChores(const store::Resource& endpoint, const Fleet* kept, const std::set<std::string>& stay);
  bool RemoveFiles(const store::Resource& endpoint, const Fleet* kept);

  const Context& context_;
  std::mutex mutex_;
  std::map<std::string, InstanceRecord> records_;  // By workload. An entry is its endpoint's alone.
  std::map<std::string, Time> preparing_;          // Since when, by chore.
};

}  // namespace sagebrush::sagemaker
