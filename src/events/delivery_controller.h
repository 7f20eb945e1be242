#pragma once

#include "base/clock.h"
#include "events/rule_counts.h"
#include "reconcile/controller.h"
#include "store/store.h"
#include "telemetry/log_store.h"

namespace sagebrush::events {

// Gives each event that waits to its target, a log group, and then forgets the delivery: a crash between the two lets
// the target have the event twice, never not at all. An event for a target that is gone fails at once; one that cannot
// be written is tried again for 24 hours, as EventBridge does.
class DeliveryController : public reconcile::Controller {
 public:
  // All outlive it.
  DeliveryController(store::Store& store, telemetry::LogStore& logs, RuleCounts& counts, const Clock& clock);

  const std::string& Kind() const override { return kind_; }
  std::optional<Seconds> Reconcile(const store::Key& key) override;

 private:
  // False: there is no such log group.
  bool Append(const store::Resource& delivery);
  void End(const store::Resource& delivery, RuleCounts::What outcome);

  const std::string kind_;
  store::Store& store_;
  telemetry::LogStore& logs_;
  RuleCounts& counts_;
  const Clock& clock_;
};

}  // namespace sagebrush::events
