#pragma once

#include <string>

#include "base/clock.h"
#include "reconcile/controller.h"
#include "store/store.h"

namespace sagebrush::events {

// Gives the targets of each rule on a schedule an event when it is due. What was due while no server ran is made up for
// by one event. Rates count from when the rule was put, enabled or got its schedule.
class ScheduleController : public reconcile::Controller {
 public:
  // Both outlive it.
  ScheduleController(store::Store& store, const Clock& clock);

  const std::string& Kind() const override { return kind_; }
  std::optional<Seconds> Reconcile(const store::Key& key) override;

 private:
  // Writes the deliveries of the event and that it was due, or none of it when another writer came first.
  void Fire(store::Resource rule, Time due);

  const std::string kind_;
  store::Store& store_;
  const Clock& clock_;
};

}  // namespace sagebrush::events
