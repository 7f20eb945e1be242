#pragma once

#include <string>

#include "keys/keys_context.h"
#include "reconcile/controller.h"

namespace sagebrush::keys {

// Deletes each key, with its aliases, when the time has come that ScheduleKeyDeletion set.
class KeyController : public reconcile::Controller {
 public:
  explicit KeyController(const KeysContext& context);

  const std::string& Kind() const override { return kind_; }
  std::optional<Seconds> Reconcile(const store::Key& key) override;

 private:
  // Nothing when another writer came first: its change brings the next call.
  void Delete(const store::Resource& key);

  const std::string kind_;
  const KeysContext context_;
};

}  // namespace sagebrush::keys
