#pragma once

#include <functional>
#include <type_traits>

#include "base/error.h"

namespace sagebrush {

// For tests: what may befall a call of one part to another. TroubledStore, TroubledRuntime and TroubledObjectStore ask
// at each call.
class Trouble {
 public:
  enum class Fate { kNone, kFails, kKilledBefore, kKilledAfter };
  // Thrown where the process is meant to end. No std::exception: nothing on the way takes it for an error.
  struct Killed {};

  // From now on; nullptr: nothing befalls any call.
  void Befall(std::function<Fate()> fate) { fate_ = std::move(fate); }

  template <typename Act>
  auto Around(Act act) const -> decltype(act()) {
    const Fate fate = fate_ ? fate_() : Fate::kNone;
    if (fate == Fate::kFails) throw Error(kServiceUnavailable, "The test lets this call fail.");
    if (fate == Fate::kKilledBefore) throw Killed();
    if constexpr (std::is_void_v<decltype(act())>) {
      act();
      if (fate == Fate::kKilledAfter) throw Killed();
    } else {
      auto result = act();
      if (fate == Fate::kKilledAfter) throw Killed();
      return result;
    }
  }

 private:
  std::function<Fate()> fate_;
};

}  // namespace sagebrush
