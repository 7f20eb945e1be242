#pragma once

#include <array>
#include <bitset>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace sagebrush::events {

// When a rule on a schedule is due, in UTC: "rate(5 minutes)", or "cron(0 9 ? * MON-FRI *)" with minutes, hours, day of
// the month, month, day of the week (1 is Sunday) and year, where one of the two days is "?".
class ScheduleExpression {
 public:
  // Throws Error(kValidation) in EventBridge's words.
  explicit ScheduleExpression(const std::string& text);

  // The first time behind `after`; rates count from `anchor`. nullopt: never again.
  std::optional<Time> Next(Time anchor, Time after) const;

 private:
  using Values = std::bitset<2200>;
  struct Days {
    Values values;
    bool any = false;             // "?"
    std::optional<int> from_end;  // "L": 0; "L-3": 3.
    std::optional<int> weekday;   // "15W": the working day nearest to the 15th; 0: "LW", the last one.
    std::optional<int> number;    // "6#3": the third Friday; with values {6}. 0: "6L", the last one.
  };
  struct Cron {
    Values minutes, hours, months, years;
    Days days, weekdays;
  };

  static Cron ReadCron(std::string_view text);
  static Days ReadMonthDays(std::string_view text);
  static Days ReadWeekdays(std::string_view text);
  bool IsDay(std::chrono::year_month_day day) const;

  std::chrono::minutes period_{0};  // Of a rate.
  std::optional<Cron> cron_;
};

}  // namespace sagebrush::events
