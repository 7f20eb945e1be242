#include "identity/key_usage.h"

namespace sagebrush::identity {

void KeyUsage::Note(const std::string& access_key_id, std::string_view service, std::string_view region, Time now) {
  {
    const ReaderLock lock(mutex_);
    const auto use = uses_.find(access_key_id);
    if (use != uses_.end() && now < use->second.time + std::chrono::minutes(1)) return;
  }
  const WriterLock lock(mutex_);
  uses_[access_key_id] = {now, std::string(service), std::string(region)};
}

KeyUsage::Use KeyUsage::Last(const std::string& access_key_id) const {
  const ReaderLock lock(mutex_);
  const auto use = uses_.find(access_key_id);
  return use == uses_.end() ? Use{} : use->second;
}

void KeyUsage::Forget(const std::string& access_key_id) {
  const WriterLock lock(mutex_);
  uses_.erase(access_key_id);
}

}  // namespace sagebrush::identity
