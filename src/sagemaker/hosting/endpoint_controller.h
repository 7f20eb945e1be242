#pragma once

#include <mutex>
#include <set>

#include "reconcile/controller.h"
#include "runtime/capacity.h"
#include "sagemaker/context.h"
#include "sagemaker/hosting/endpoint_variants.h"

namespace sagebrush::sagemaker {

// Keeps an endpoint's model servers running and the router told which of them answer. An update starts the new ones
// beside the old; traffic moves when all of the new answer /ping, then the old are stopped.
class EndpointController : public reconcile::Controller {
 public:
  explicit EndpointController(const Context& context) : context_(context) {}

  const std::string& Kind() const override;
  std::optional<Seconds> Reconcile(const store::Key& key) override;

 private:
  // A set of instances of one generation, as far as it has come.
  struct Fleet {
    std::int64_t generation = 0;
    const JsonArray* variants = nullptr;
    std::vector<Instance> instances;
    std::vector<Instance> healthy;
    std::string waiting;  // Why an instance has no room yet.
  };

  // Brings each instance one step further. Throws Error when one of them cannot come up; an instance that served before
  // and exited is started again instead (`replace`).
  Fleet Advance(const store::Resource& endpoint, std::int64_t generation, const JsonArray& variants, bool replace);
  bool AdvanceInstance(const store::Resource& endpoint, const Fleet& fleet, const Instance& instance, bool replace,
                       std::string& waiting);
  // Room for an instance. A slot that holds room of another instance type gets that of the new one.
  runtime::Reservation Reserve(const std::string& slot, const std::string& instance_type, const std::string& order);
  void StartInstance(const store::Resource& endpoint, const Fleet& fleet, const Instance& instance,
                     std::string& waiting);
  std::optional<Seconds> Deploy(const store::Resource& endpoint);
  std::optional<Seconds> Serve(const store::Resource& endpoint);
  std::optional<Seconds> Delete(const store::Resource& endpoint);
  void Route(const store::Resource& endpoint, const Fleet& fleet);
  // Stops and forgets every instance of the endpoint that is not in `kept`. True when none is left.
  bool Retire(const store::Resource& endpoint, const std::vector<Instance>& kept);
  // Unless one of `kept` uses it.
  void ReleaseSlot(const std::string& slot, const std::vector<Instance>& kept);
  // Records why an instance has no room yet (empty: it has), for DescribeEndpoint.
  void TellWaiting(const store::Resource& endpoint, const std::string& waiting);
  void Forget(const std::string& workload);
  void FailDeployment(const store::Resource& endpoint, const std::string& reason);
  std::optional<Seconds> AskAgain(const Fleet& fleet);

  bool IsHealthy(const std::string& workload) const;

  const Context& context_;
  mutable std::mutex mutex_;
  std::set<std::string> healthy_;  // Workloads that answered /ping since they started; forgotten with the process.
};

}  // namespace sagebrush::sagemaker
