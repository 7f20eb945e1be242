#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/mutex.h"

namespace sagebrush::identity {

// When and for what each access key of a user was last used, since the server started. AWS itself tells it late and
// coarsely, so it is not kept on disk. The keys of sessions are not noted: there is no end of them, and nobody can ask.
// So there are at most as many uses as keys. Safe to call from any thread.
class KeyUsage {
 public:
  struct Use {
    Time time;
    std::string service;
    std::string region;
  };

  // Remembers at most one use a minute of each key, so that the hot path seldom writes.
  void Note(const std::string& access_key_id, std::string_view service, std::string_view region, Time now);
  Use Last(const std::string& access_key_id) const;  // Time 0: never.
  void Forget(const std::string& access_key_id);

 private:
  mutable SharedMutex mutex_;
  std::unordered_map<std::string, Use> uses_ GUARDED_BY(mutex_);
};

}  // namespace sagebrush::identity
