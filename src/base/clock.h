#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace sagebrush {

using Seconds = std::chrono::duration<double>;
using Milliseconds = std::chrono::milliseconds;

// A moment on the wall clock, in whole milliseconds since 1970-01-01 UTC: what AWS timestamps hold.
struct Time {
  std::int64_t milliseconds = 0;

  double ToEpochSeconds() const { return static_cast<double>(milliseconds) / 1000.0; }
  static Time FromEpochSeconds(double seconds);
  auto operator<=>(const Time&) const = default;
  Time operator+(Milliseconds d) const { return {milliseconds + d.count()}; }
  Milliseconds operator-(Time other) const { return Milliseconds(milliseconds - other.milliseconds); }
};

// "2026-11-21T07:07:08Z" (ISO 8601), "20261121T070708Z" (SigV4), "Sat, 21 Nov 2026 07:07:08 GMT" (HTTP).
std::string ToIso8601(Time time, bool with_milliseconds = false);
std::string ToBasicIso8601(Time time);
std::string ToHttpDate(Time time);
// Reads any of the three forms, and epoch seconds. Throws Error(kValidation) otherwise.
Time ParseTime(std::string_view text);

// Tells the time. Safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time Now() const = 0;
};

class SystemClock : public Clock {
 public:
  Time Now() const override;
};

// For tests: stands still until told.
class FakeClock : public Clock {
 public:
  explicit FakeClock(Time now = {1'700'000'000'000}) : now_(now.milliseconds) {}
  Time Now() const override { return {now_.load()}; }
  void Advance(Milliseconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_;
};

}  // namespace sagebrush
