#include "base/timer_wheel.h"

#include <algorithm>

namespace sagebrush {

void TimerWheel::Timer::Unlink() {
  if (next_ == nullptr) return;
  previous_->next_ = next_;
  next_->previous_ = previous_;
  next_ = previous_ = nullptr;
}

TimerWheel::TimerWheel() {
  for (Timer& head : slots_) head.next_ = head.previous_ = &head;
}

void TimerWheel::Arm(Timer& timer, std::chrono::milliseconds after) {
  const auto ticks = (std::max(after, kTick) + kTick - std::chrono::milliseconds(1)) / kTick;
  timer.expires_ = now_ + static_cast<std::uint64_t>(ticks);
  if (timer.next_ != nullptr && timer.visited_ <= timer.expires_) return;  // Looked at early enough where it is.
  timer.Unlink();
  Link(timer);
}

void TimerWheel::Link(Timer& timer) {
  timer.visited_ = std::min(timer.expires_, now_ + kSlots - 1);
  Timer& head = slots_[timer.visited_ % kSlots];
  timer.next_ = &head;
  timer.previous_ = head.previous_;
  head.previous_->next_ = &timer;
  head.previous_ = &timer;
}

void TimerWheel::Advance(std::chrono::milliseconds elapsed) {
  const auto target = static_cast<std::uint64_t>(elapsed / kTick) + 1;
  while (now_ < target) Visit(++now_);
}

void TimerWheel::Visit(std::uint64_t tick) {
  Timer& head = slots_[tick % kSlots];
  // What is put into this slot meanwhile is due a whole turn later, so the ring drains; a timer is unlinked before it
  // fires, as firing may destroy it or its neighbours.
  while (head.next_ != &head && head.next_->visited_ <= tick) {
    Timer& timer = *head.next_;
    timer.Unlink();
    if (timer.expires_ == 0) continue;
    if (timer.expires_ > tick) {
      Link(timer);
    } else {
      timer.expires_ = 0;
      // A copy: the timer may be destroyed by what it calls.
      const auto on_expiry = timer.on_expiry;
      on_expiry();
    }
  }
}

}  // namespace sagebrush
