#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "store/store.h"

namespace sagebrush::reconcile {

// Drives the resources of one kind from what they are to what their spec asks for.
class Controller {
 public:
  virtual ~Controller() = default;

  // The kind of resource ("training-job") whose changes call Reconcile.
  virtual const std::string& Kind() const = 0;

  // Takes up what runs of the resource since before this process began, so that nothing of it is given away or refused
  // until Reconcile comes to it. Called once for every resource, before the server answers anything; must not wait for
  // what a workload does.
  virtual void Restore(const store::Resource&) {}

  // Looks at the resource and at the world, and takes the next step between them. Takes 50 ms at most: what takes
  // longer is a chore (chores.h). A call brings no event: it may come twice, late, or after a crash half-way through
  // the last one, so each step must be safe to repeat. Calls for one key never overlap; calls for different keys run on
  // several threads. Returns when to look again; nullopt: when the resource changes. On Error: later, ever less often.
  virtual std::optional<Seconds> Reconcile(const store::Key& key) = 0;
};

}  // namespace sagebrush::reconcile
