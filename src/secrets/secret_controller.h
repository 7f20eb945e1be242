#pragma once

#include <string>

#include "base/clock.h"
#include "reconcile/controller.h"
#include "store/store.h"

namespace sagebrush::secrets {

// Deletes each secret when its recovery window is over.
class SecretController : public reconcile::Controller {
 public:
  // Both outlive it.
  SecretController(store::Store& store, const Clock& clock);

  const std::string& Kind() const override { return kind_; }
  std::optional<Seconds> Reconcile(const store::Key& key) override;

 private:
  const std::string kind_;
  store::Store& store_;
  const Clock& clock_;
};

}  // namespace sagebrush::secrets
