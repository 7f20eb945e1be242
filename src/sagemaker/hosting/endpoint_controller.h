#pragma once

#include "reconcile/controller.h"
#include "sagemaker/context.h"
#include "sagemaker/hosting/endpoint_plan.h"
#include "sagemaker/hosting/replicas.h"

namespace sagebrush::sagemaker {

// Makes of each endpoint what NextPlan says: sets its route, writes its status (nobody else does), and has Replicas
// bring up what it needs and take down what it does not.
class EndpointController : public reconcile::Controller {
 public:
  explicit EndpointController(const Context& context) : context_(context), replicas_(context) {}

  const std::string& Kind() const override;
  // Holds the room of what runs, and routes to the replicas that serve: the first invocation after a restart is
  // answered.
  void Restore(const store::Resource& endpoint) override;
  std::optional<Seconds> Reconcile(const store::Key& key) override;

 private:
  void HoldRoom(const store::Resource& endpoint, const Plan& plan);
  void SetRoute(const store::Resource& endpoint, const Plan& plan);
  // False: another writer came first, so that something else may follow.
  bool Write(store::Resource endpoint, const Plan& plan);

  const Context& context_;
  Replicas replicas_;
};

}  // namespace sagebrush::sagemaker
