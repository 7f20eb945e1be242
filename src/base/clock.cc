#include "base/clock.h"

#include <array>
#include <charconv>
#include <cmath>
#include <ctime>

#include <fmt/format.h>

#include "base/error.h"

namespace sagebrush {
namespace {

// The end of the year 9999: what the text forms can hold. Sums of such moments and durations do not overflow.
constexpr double kEpochSecondsMax = 253'402'300'799.0;

constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::tm Split(Time time) {
  std::int64_t seconds = time.milliseconds / 1000;
  if (time.milliseconds % 1000 < 0) --seconds;
  const std::time_t moment = seconds;
  std::tm parts{};
  gmtime_r(&moment, &parts);
  return parts;
}

// Reads fixed-width fields from the front of a text.
class Fields {
 public:
  explicit Fields(std::string_view text) : text_(text) {}
  int Number(std::size_t width) {
    int value = 0;
    if (text_.size() < width) return Fail();
    const auto result = std::from_chars(text_.data(), text_.data() + width, value);
    if (result.ec != std::errc() || result.ptr != text_.data() + width || value < 0) return Fail();
    text_.remove_prefix(width);
    return value;
  }
  bool Skip(std::string_view expected) {
    if (!text_.starts_with(expected)) return false;
    text_.remove_prefix(expected.size());
    return true;
  }
  int Month() {
    for (std::size_t i = 0; i < kMonths.size(); ++i) {
      if (Skip(kMonths[i])) return static_cast<int>(i) + 1;
    }
    return Fail();
  }
  // ".123" with any number of digits, as milliseconds.
  int Fraction() {
    if (!Skip(".")) return 0;
    int milliseconds = 0;
    int scale = 100;
    while (!text_.empty() && text_[0] >= '0' && text_[0] <= '9') {
      milliseconds += (text_[0] - '0') * scale;
      scale /= 10;
      text_.remove_prefix(1);
    }
    return milliseconds;
  }
  // "Z", "+00:00", "-0530" or nothing, as minutes east of Greenwich.
  int Zone() {
    if (Skip("Z") || Skip("GMT") || text_.empty()) return 0;
    const int sign = Skip("+") ? 1 : (Skip("-") ? -1 : Fail());
    const int hours = Number(2);
    Skip(":");
    return sign * (hours * 60 + Number(2));
  }
  int Fail() {
    ok_ = false;
    return 1;
  }
  bool Done() const { return ok_ && text_.empty(); }

 private:
  std::string_view text_;
  bool ok_ = true;
};

Time Join(int year, int month, int day, int hour, int minute, int second, int milliseconds, int zone_minutes) {
  using namespace std::chrono;
  const sys_days days = std::chrono::year(year) / std::chrono::month(static_cast<unsigned>(month)) /
                        std::chrono::day(static_cast<unsigned>(day));
  const std::int64_t seconds =
      days.time_since_epoch().count() * 86400LL + hour * 3600LL + minute * 60LL + second - zone_minutes * 60LL;
  return {seconds * 1000 + milliseconds};
}

bool ReadHttpDate(std::string_view text, Time& time) {
  const std::size_t comma = text.find(", ");
  if (comma != 3) return false;
  Fields fields(text.substr(comma + 2));
  const int day = fields.Number(2);
  fields.Skip(" ");
  const int month = fields.Month();
  fields.Skip(" ");
  const int year = fields.Number(4);
  fields.Skip(" ");
  const int hour = fields.Number(2);
  fields.Skip(":");
  const int minute = fields.Number(2);
  fields.Skip(":");
  const int second = fields.Number(2);
  fields.Skip(" ");
  const int zone = fields.Zone();
  if (!fields.Done()) return false;
  time = Join(year, month, day, hour, minute, second, 0, zone);
  return true;
}

bool ReadIso8601(std::string_view text, Time& time) {
  Fields fields(text);
  const int year = fields.Number(4);
  fields.Skip("-");
  const int month = fields.Number(2);
  fields.Skip("-");
  const int day = fields.Number(2);
  int hour = 0, minute = 0, second = 0, milliseconds = 0, zone = 0;
  if (fields.Skip("T") || fields.Skip(" ")) {
    hour = fields.Number(2);
    fields.Skip(":");
    minute = fields.Number(2);
    fields.Skip(":");
    second = fields.Number(2);
    milliseconds = fields.Fraction();
    zone = fields.Zone();
  }
  if (!fields.Done() || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) {
    return false;
  }
  time = Join(year, month, day, hour, minute, second, milliseconds, zone);
  return true;
}

}  // namespace

Time Time::FromEpochSeconds(double seconds) {
  // What is no moment of the calendar, a NaN among them, becomes its end: a cast would be undefined.
  if (!(std::abs(seconds) <= kEpochSecondsMax)) seconds = seconds < 0 ? -kEpochSecondsMax : kEpochSecondsMax;
  return {std::llround(seconds * 1000.0)};
}

std::string ToIso8601(Time time, bool with_milliseconds) {
  const std::tm t = Split(time);
  std::string out = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
                                t.tm_hour, t.tm_min, t.tm_sec);
  if (with_milliseconds) out += fmt::format(".{:03}", ((time.milliseconds % 1000) + 1000) % 1000);
  return out + "Z";
}

std::string ToBasicIso8601(Time time) {
  const std::tm t = Split(time);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min,
                     t.tm_sec);
}

std::string ToHttpDate(Time time) {
  const std::tm t = Split(time);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[static_cast<std::size_t>(t.tm_wday)], t.tm_mday,
                     kMonths[static_cast<std::size_t>(t.tm_mon)], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

Time ParseTime(std::string_view text) {
  Time time;
  if (ReadIso8601(text, time) || ReadHttpDate(text, time)) return time;
  double seconds = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (result.ec == std::errc() && result.ptr == text.data() + text.size() && std::abs(seconds) <= kEpochSecondsMax) {
    return Time::FromEpochSeconds(seconds);
  }
  throw Error(kValidation, fmt::format("'{}' is not a timestamp.", text));
}

Time SystemClock::Now() const {
  using namespace std::chrono;
  return {duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
}

}  // namespace sagebrush
