#pragma once

#include <string>

#include "keys/keys_context.h"
#include "reconcile/controller.h"

namespace sagebrush::keys {

// Does what time and operations ask of each key: gives it new material when a rotation is due, takes
// away what was imported when that expires, and deletes it, with its
// aliases and grants, when the time has come that ScheduleKeyDeletion set.
class KeyController : public reconcile::Controller {
 public:
  explicit KeyController(const KeysContext& context);

  const std::string& Kind() const override { return kind_; }
  std::optional<Seconds> Reconcile(const store::Key& key) override;

 private:
  // They do nothing when another writer came first: its change brings the next call.
  void Rotate(store::Resource key, std::string_view type);
  void Expire(store::Resource key);
  void Delete(const store::Resource& key);

  const std::string kind_;
  const KeysContext context_;
};

}  // namespace sagebrush::keys
