#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/mutex.h"

namespace sagebrush::identity {

// When and for what each access key of a user and each role was last used, since the server started. AWS itself tells
// it late and coarsely, so it is not kept on disk. The keys of sessions are not noted, there is no end of them, but
// their roles are. So there are at most as many uses as keys and roles. Safe to call from any thread.
class LastUses {
 public:
  struct Use {
    Time time;
    std::string service;
    std::string region;
  };

  // `id`: of an access key (AKIA...) or a role (AROA...): of a role made anew under an old name nothing is known.
  // Remembers at most one use a minute of each, so that the hot path seldom writes.
  void Note(const std::string& id, std::string_view service, std::string_view region, Time now);
  Use Last(const std::string& id) const;  // Time 0: never.
  void Forget(const std::string& id);

 private:
  mutable SharedMutex mutex_;
  std::unordered_map<std::string, Use> uses_ GUARDED_BY(mutex_);
};

}  // namespace sagebrush::identity
