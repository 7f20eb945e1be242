#include "events/schedule_expression.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace sagebrush::events {
namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::weekday;
using std::chrono::year_month_day;
using std::chrono::year_month_day_last;

constexpr int kFirstYear = 1970, kLastYear = 2199;
constexpr Milliseconds kMinute{60'000};

[[noreturn]] void ThrowInvalid() { throw Error(kValidation, "Parameter ScheduleExpression is not valid."); }

int NumberIn(std::string_view text) {
  int number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size() || number < 0) ThrowInvalid();
  return number;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// What a field may hold.
struct Field {
  int least, most;
  std::vector<std::string_view> names{};  // In lower case; the first is `least`.

  int ValueOf(std::string_view text) const {
    const auto name = std::ranges::find_if(names, [&](auto one) { return EqualsIgnoringCase(text, one); });
    const int value = name == names.end() ? NumberIn(text) : least + static_cast<int>(name - names.begin());
    if (value < least || value > most) ThrowInvalid();
    return value;
  }

  // "*", "5", "1-5", "0/15", "1-31/2", and lists of these.
  template <typename Values>
  Values Read(std::string_view text) const {
    Values values;
    for (const std::string_view item : Split(text, ',')) {
      const auto parts = Split(item, '/');
      const auto range = Split(parts[0], '-');
      if (parts.size() > 2 || range.size() > 2) ThrowInvalid();
      const bool all = parts[0] == "*";
      const int from = all ? least : ValueOf(range[0]);
      int until = all || parts.size() == 2 ? most : from;
      if (range.size() == 2) until = ValueOf(range[1]);
      const int step = parts.size() == 2 ? NumberIn(parts[1]) : 1;
      if (step == 0 || until < from) ThrowInvalid();
      for (int value = from; value <= until; value += step) values.set(static_cast<std::size_t>(value));
    }
    return values;
  }
};

const Field& Minutes() {
  static const Field field{0, 59};
  return field;
}
const Field& Hours() {
  static const Field field{0, 23};
  return field;
}
const Field& MonthDays() {
  static const Field field{1, 31};
  return field;
}
const Field& Months() {
  static const Field field{1, 12, {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}};
  return field;
}
const Field& Weekdays() {
  static const Field field{1, 7, {"sun", "mon", "tue", "wed", "thu", "fri", "sat"}};
  return field;
}
const Field& Years() {
  static const Field field{kFirstYear, kLastYear};
  return field;
}

std::chrono::minutes PeriodIn(std::string_view text) {
  const auto parts = Split(text, ' ');
  if (parts.size() != 2) ThrowInvalid();
  const int count = NumberIn(parts[0]);
  std::string_view unit = parts[1];
  if (unit.ends_with('s') == (count == 1)) ThrowInvalid();
  if (unit.ends_with('s')) unit.remove_suffix(1);
  const int minutes = unit == "minute" ? 1 : unit == "hour" ? 60 : unit == "day" ? 24 * 60 : 0;
  constexpr int kCountMax = 1'000'000;  // Days: well beyond the last year.
  if (count == 0 || count > kCountMax || minutes == 0) ThrowInvalid();
  return std::chrono::minutes(std::int64_t{count} * minutes);
}

bool IsWorkday(sys_days at) {
  const unsigned of_week = weekday(at).c_encoding();
  return of_week != 0 && of_week != 6;
}

// The working day nearest to a day, in the same month.
sys_days NearestWorkday(year_month_day wanted) {
  for (const int offset : {0, -1, 1, -2, 2}) {
    const sys_days at = sys_days(wanted) + days(offset);
    if (IsWorkday(at) && year_month_day(at).month() == wanted.month()) return at;
  }
  return wanted;
}

}  // namespace

ScheduleExpression::ScheduleExpression(const std::string& text) {
  const std::string_view whole = text;
  if (!whole.ends_with(')')) ThrowInvalid();
  const auto inside = [&](std::string_view name) { return whole.substr(name.size(), whole.size() - name.size() - 1); };
  if (whole.starts_with("rate(")) {
    period_ = PeriodIn(inside("rate("));
  } else if (whole.starts_with("cron(")) {
    cron_ = ReadCron(inside("cron("));
  } else {
    ThrowInvalid();
  }
}

ScheduleExpression::Cron ScheduleExpression::ReadCron(std::string_view text) {
  const auto fields = Split(text, ' ');
  if (fields.size() != 6) ThrowInvalid();
  Cron cron;
  cron.minutes = Minutes().Read<Values>(fields[0]);
  cron.hours = Hours().Read<Values>(fields[1]);
  cron.months = Months().Read<Values>(fields[3]);
  cron.years = Years().Read<Values>(fields[5]);
  cron.days = ReadMonthDays(fields[2]);
  cron.weekdays = ReadWeekdays(fields[4]);
  if (cron.days.any == cron.weekdays.any) ThrowInvalid();
  return cron;
}

ScheduleExpression::Days ScheduleExpression::ReadMonthDays(std::string_view text) {
  Days read;
  read.any = text == "?";
  if (text == "LW") {
    read.weekday = 0;
  } else if (text.starts_with('L')) {
    if (text.size() > 1 && text[1] != '-') ThrowInvalid();
    read.from_end = text.size() == 1 ? 0 : MonthDays().ValueOf(text.substr(2));
  } else if (text.ends_with('W')) {
    read.weekday = MonthDays().ValueOf(text.substr(0, text.size() - 1));
  } else if (!read.any) {
    read.values = MonthDays().Read<Values>(text);
  }
  return read;
}

ScheduleExpression::Days ScheduleExpression::ReadWeekdays(std::string_view text) {
  const auto set = [](Days& read, std::string_view day) {
    read.values.set(static_cast<std::size_t>(Weekdays().ValueOf(day)));
  };
  Days read;
  read.any = text == "?";
  const auto numbered = Split(text, '#');
  if (text == "L") {
    read.values.set(7);  // Saturday, the last day of the week.
  } else if (text.ends_with('L')) {
    read.number = 0;
    set(read, text.substr(0, text.size() - 1));
  } else if (numbered.size() == 2) {
    read.number = NumberIn(numbered[1]);
    if (*read.number < 1 || *read.number > 5) ThrowInvalid();
    set(read, numbered[0]);
  } else if (!read.any) {
    read.values = Weekdays().Read<Values>(text);
  }
  return read;
}

bool ScheduleExpression::IsDay(year_month_day at) const {
  const year_month_day last = year_month_day(sys_days(at.year() / at.month() / std::chrono::last));
  if (!cron_->days.any) {
    if (cron_->days.from_end) return sys_days(at) == sys_days(last) - days(*cron_->days.from_end);
    if (!cron_->days.weekday) return cron_->days.values.test(static_cast<unsigned>(at.day()));
    const auto wanted = static_cast<unsigned>(*cron_->days.weekday);
    if (wanted > static_cast<unsigned>(last.day())) return false;
    return sys_days(at) == NearestWorkday(wanted == 0 ? last : at.year() / at.month() / day(wanted));
  }
  if (!cron_->weekdays.values.test(weekday(sys_days(at)).c_encoding() + 1)) return false;
  if (!cron_->weekdays.number) return true;
  const auto of_month = static_cast<unsigned>(at.day());
  if (*cron_->weekdays.number == 0) return of_month + 7 > static_cast<unsigned>(last.day());
  return static_cast<int>((of_month + 6) / 7) == *cron_->weekdays.number;
}

std::optional<Time> ScheduleExpression::Next(Time anchor, Time after) const {
  if (!cron_) {
    const std::int64_t period = Milliseconds(period_).count();
    const std::int64_t passed = std::max<std::int64_t>(0, (after - anchor).count()) / period;
    return anchor + Milliseconds((passed + 1) * period);
  }
  const Time first{(after.milliseconds / kMinute.count() + 1) * kMinute.count()};
  const sys_days end = sys_days(std::chrono::year(kLastYear + 1) / 1 / 1);
  sys_days at = std::chrono::floor<days>(std::chrono::sys_time<Milliseconds>(Milliseconds(first.milliseconds)));
  for (; at < end; at += days(1)) {
    const year_month_day date(at);
    const int year = static_cast<int>(date.year());
    if (year < kFirstYear || !cron_->years.test(static_cast<std::size_t>(year))) continue;
    if (!cron_->months.test(static_cast<unsigned>(date.month())) || !IsDay(date)) continue;
    for (int minute = 0; minute < 24 * 60; ++minute) {
      const Time time{Milliseconds(at.time_since_epoch() + std::chrono::minutes(minute)).count()};
      const bool due = cron_->hours.test(static_cast<std::size_t>(minute / 60)) &&
                       cron_->minutes.test(static_cast<std::size_t>(minute % 60));
      if (due && time >= first) return time;
    }
  }
  return std::nullopt;
}

}  // namespace sagebrush::events
