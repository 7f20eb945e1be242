#include "identity/last_uses.h"

namespace sagebrush::identity {

void LastUses::Note(const std::string& id, std::string_view service, std::string_view region, Time now) {
  {
    const ReaderLock lock(mutex_);
    const auto use = uses_.find(id);
    if (use != uses_.end() && now < use->second.time + std::chrono::minutes(1)) return;
  }
  const WriterLock lock(mutex_);
  uses_[id] = {now, std::string(service), std::string(region)};
}

LastUses::Use LastUses::Last(const std::string& id) const {
  const ReaderLock lock(mutex_);
  const auto use = uses_.find(id);
  return use == uses_.end() ? Use{} : use->second;
}

void LastUses::Forget(const std::string& id) {
  const WriterLock lock(mutex_);
  uses_.erase(id);
}

}  // namespace sagebrush::identity
