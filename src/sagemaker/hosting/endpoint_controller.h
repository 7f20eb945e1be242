#pragma once

#include <map>
#include <mutex>

#include "reconcile/controller.h"
#include "runtime/capacity.h"
#include "sagemaker/context.h"
#include "sagemaker/hosting/endpoint_variants.h"
#include "sagemaker/hosting/fleet.h"

namespace sagebrush::sagemaker {

// Keeps an endpoint's model servers running and the router told which of them answer. An update starts the new ones
// beside the old; traffic moves when all of the new answer /ping, then the old are stopped. A deployment that cannot
// succeed ends with what served before, or Failed when nothing did.
class EndpointController : public reconcile::Controller {
 public:
  explicit EndpointController(const Context& context) : context_(context), fleets_(context) {}

  const std::string& Kind() const override;
  // Holds the room of what runs, and routes to the instances that serve: the first invocation after a restart is
  // answered.
  void Restore(const store::Resource& endpoint) override;
  std::optional<Seconds> Reconcile(const store::Key& key) override;

 private:
  std::optional<Seconds> Deploy(const store::Resource& endpoint);
  // Room for the new fleet. False: it waits, or the deployment has failed for want of it.
  bool Reserve(const store::Resource& endpoint);
  std::optional<Seconds> Serve(const store::Resource& endpoint);
  // The instances that answer now, and nothing else, get invocations.
  Fleet Keep(const store::Resource& endpoint);
  std::optional<Seconds> Rest(const store::Resource& endpoint);
  std::optional<Seconds> Delete(const store::Resource& endpoint);
  void Route(const store::Resource& endpoint, const Fleet& fleet);
  void Commit(const store::Resource& endpoint);
  void FailDeployment(const store::Resource& endpoint, const std::string& reason);
  // Records why there is no room yet (empty: there is), for DescribeEndpoint.
  void TellWaiting(const store::Resource& endpoint, const std::string& waiting);
  // Changes the status, and the state to what follows from it; another writer's change of the spec is kept.
  void Write(const store::Resource& endpoint, const std::function<void(store::Resource&)>& change);

  const Context& context_;
  Fleets fleets_;
};

}  // namespace sagebrush::sagemaker
