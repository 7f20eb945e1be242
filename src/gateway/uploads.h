#pragma once

#include <cstddef>
#include <list>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "gateway/body_bridge.h"
#include "gateway/refusals.h"

namespace sagebrush::gateway {

// The bodies that handlers read as they come. Each holds a thread while its client is slow, so there are so many in all
// and for one key; when that is not enough, the one that has stalled for longest makes room: an upload that moves never
// waits for those that do not. Safe to use from any thread.
class Uploads {
 public:
  // `stall_min`: who has waited for bytes for less may stay.
  Uploads(std::size_t all_max, std::size_t each_max, Milliseconds stall_min, Refusals& refusals)
      : all_max_(all_max), each_max_(each_max), stall_min_(stall_min), refusals_(refusals) {}
  Uploads(const Uploads&) = delete;

  // One upload under way, until this goes.
  class Admission {
   public:
    // Throws Error(kThrottling) when there is no room. `bridge` outlives the admission.
    Admission(Uploads& uploads, std::string key, BodyBridge& bridge);
    ~Admission();
    Admission(const Admission&) = delete;

   private:
    friend class Uploads;
    Uploads& uploads_;
    const std::string key_;
    BodyBridge& bridge_;
    bool ended_ = false;  // For another's sake: it counts no more.
    std::list<Admission*>::iterator at_;
  };

 private:
  // The one that has stalled for longest, of a key's or (null) of all; nullptr: none has for long enough.
  Admission* FindStalled(const std::string* key) const REQUIRES(mutex_);
  std::size_t CountOf(const std::string& key) const REQUIRES(mutex_);
  void MakeRoom(const std::string* key) REQUIRES(mutex_);

  const std::size_t all_max_;
  const std::size_t each_max_;
  const Milliseconds stall_min_;
  Refusals& refusals_;
  mutable Mutex mutex_;
  std::list<Admission*> admitted_ GUARDED_BY(mutex_);
};

}  // namespace sagebrush::gateway
