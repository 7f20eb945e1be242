#include "gateway/places.h"

namespace sagebrush::gateway {

std::optional<Places::Place> Places::Take(const std::string& name) {
  const MutexLock lock(mutex_);
  if (taken_ >= all_max_) return std::nullopt;
  std::size_t& of_name = by_name_[name];
  if (of_name >= each_max_) return std::nullopt;
  ++of_name;
  ++taken_;
  return Place(*this, name);
}

void Places::GiveBack(const std::string& name) {
  const MutexLock lock(mutex_);
  const auto of_name = by_name_.find(name);
  if (--of_name->second == 0) by_name_.erase(of_name);
  if (--taken_ == 0) emptied_.notify_all();
}

std::size_t Places::taken() const {
  const MutexLock lock(mutex_);
  return taken_;
}

void Places::WaitUntilEmpty(Milliseconds time) {
  MutexLock lock(mutex_);
  lock.WaitFor(emptied_, time, [this]() REQUIRES(mutex_) { return taken_ == 0; });
}

}  // namespace sagebrush::gateway
