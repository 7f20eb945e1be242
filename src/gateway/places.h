#pragma once

#include <condition_variable>
#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"

namespace sagebrush::gateway {

// A number of places, of which one name may hold a part only: connections by the peer's address, requests by the key
// they are signed with. Safe to use from any thread.
class Places {
 public:
  Places(std::size_t all_max, std::size_t each_max) : all_max_(all_max), each_max_(each_max) {}
  Places(const Places&) = delete;

  // One place, given back when this goes. Must not outlive the Places.
  class Place {
   public:
    Place(Place&& other) noexcept : of_(std::exchange(other.of_, nullptr)), name_(std::move(other.name_)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (of_ != nullptr) of_->GiveBack(name_);
    }

   private:
    friend class Places;
    Place(Places& of, std::string name) : of_(&of), name_(std::move(name)) {}
    Places* of_;
    std::string name_;
  };

  // nullopt: all are taken, or all that `name` may have.
  std::optional<Place> Take(const std::string& name);
  std::size_t taken() const;
  // Returns when no place is taken, or after `time`.
  void WaitUntilEmpty(Milliseconds time);

 private:
  void GiveBack(const std::string& name);

  const std::size_t all_max_;
  const std::size_t each_max_;
  mutable Mutex mutex_;
  std::condition_variable emptied_;
  std::size_t taken_ GUARDED_BY(mutex_) = 0;
  std::unordered_map<std::string, std::size_t> by_name_ GUARDED_BY(mutex_);
};

}  // namespace sagebrush::gateway
