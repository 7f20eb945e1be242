#include "secrets/secret_controller.h"

#include "secrets/secret.h"

namespace sagebrush::secrets {

SecretController::SecretController(store::Store& store, const Clock& clock)
    : kind_(kSecretKind), store_(store), clock_(clock) {}

std::optional<Seconds> SecretController::Reconcile(const store::Key& key) {
  const auto secret = store_.Get(key);
  if (secret == nullptr || !IsDeleted(*secret)) return std::nullopt;
  const Time date{GetInt(secret->spec, "DeletionDate")};
  if (const Time now = clock_.Now(); now < date) return Seconds(date - now);
  DeleteNow(store_, *secret);  // When another writer came first, its change brings the next call.
  return std::nullopt;
}

}  // namespace sagebrush::secrets
