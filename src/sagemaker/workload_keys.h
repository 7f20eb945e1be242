#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "store/store.h"

namespace sagebrush::sagemaker {

// Which resource a workload belongs to, so that its exit can wake that resource's controller. Controllers fill it
// whenever they reconcile, so it is whole again soon after a restart. Safe to call from any thread.
class WorkloadKeys {
 public:
  void Set(const std::string& workload, const store::Key& key) {
    const MutexLock lock(mutex_);
    keys_.insert_or_assign(workload, key);
  }
  void Remove(const std::string& workload) {
    const MutexLock lock(mutex_);
    keys_.erase(workload);
  }
  std::optional<store::Key> Find(const std::string& workload) const {
    const MutexLock lock(mutex_);
    const auto found = keys_.find(workload);
    return found == keys_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  mutable Mutex mutex_;
  std::map<std::string, store::Key> keys_ GUARDED_BY(mutex_);
};

}  // namespace sagebrush::sagemaker
