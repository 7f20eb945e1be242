#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>

namespace sagebrush {

// Many deadlines for the price of a counter: what guards each read and write of a server's connections.
// Arming or disarming costs a few nanoseconds, since a timer stays where it is until its slot comes round. A deadline
// fires up to one tick late. Not thread-safe: one wheel a thread. The caller's clock drives it, through Advance.
class TimerWheel {
 public:
  static constexpr std::chrono::milliseconds kTick{250};

  // A deadline that can be armed again and again. Must be destroyed before its wheel; disarms itself.
  class Timer {
   public:
    Timer() = default;
    explicit Timer(std::function<void()> on_expiry) : on_expiry(std::move(on_expiry)) {}
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer() { Unlink(); }

    std::function<void()> on_expiry;  // May arm and disarm timers, and destroy its own.

   private:
    friend class TimerWheel;
    void Unlink();
    Timer* next_ = nullptr;
    Timer* previous_ = nullptr;
    std::uint64_t expires_ = 0;  // Tick; 0: disarmed.
    std::uint64_t visited_ = 0;  // Tick at which its slot comes round.
  };

  TimerWheel();
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // Replaces the deadline that the timer had.
  void Arm(Timer& timer, std::chrono::milliseconds after);
  void Disarm(Timer& timer) { timer.expires_ = 0; }
  // Moves time on to `elapsed` since the wheel was made and fires what is due.
  void Advance(std::chrono::milliseconds elapsed);

 private:
  static constexpr std::size_t kSlots = 256;
  void Link(Timer& timer);
  void Visit(std::uint64_t tick);

  std::array<Timer, kSlots> slots_;  // Each the head of a ring.
  std::uint64_t now_ = 1;            // Tick.
};

}  // namespace sagebrush
