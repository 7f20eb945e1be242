#include "wire/scalar.h"

#include <charconv>
#include <cmath>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"

namespace sagebrush::wire {
namespace {

constexpr double kEpochMax = 1e12;

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  Number number{};
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Json> IntegerFromText(ShapeType type, std::string_view text) {
  const auto number = ParseNumber<std::int64_t>(text);
  if (!number) return std::nullopt;
  if (type == ShapeType::kInteger && (*number > INT32_MAX || *number < INT32_MIN)) return std::nullopt;
  return Json(*number);
}

std::optional<Json> DoubleFromText(std::string_view text) {
  if (text == "NaN") return Json(std::nan(""));
  if (text == "Infinity") return Json(HUGE_VAL);
  if (text == "-Infinity") return Json(-HUGE_VAL);
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return std::nullopt;
  const auto number = ParseNumber<double>(text);
  return number ? std::optional<Json>(*number) : std::nullopt;
}

std::optional<Json> BooleanFromText(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return Json(true);
  if (text == "false" || text == "False" || text == "FALSE") return Json(false);
  return std::nullopt;
}

std::string DoubleText(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  std::string out;
  AppendText(Json(number), out);
  return out;
}

}  // namespace

bool IsPlausibleEpoch(double seconds) { return std::abs(seconds) < kEpochMax; }

std::optional<double> EpochFromText(std::string_view text) {
  if (text.empty()) return std::nullopt;
  try {
    return ParseTime(text).ToEpochSeconds();
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<Json> ScalarFromText(const Shape& shape, std::string_view text) {
  switch (shape.type()) {
    case ShapeType::kInteger:
    case ShapeType::kLong:
      return IntegerFromText(shape.type(), text);
    case ShapeType::kFloat:
    case ShapeType::kDouble:
      return DoubleFromText(text);
    case ShapeType::kBoolean:
      return BooleanFromText(text);
    case ShapeType::kTimestamp: {
      const auto epoch = EpochFromText(text);
      return epoch ? std::optional<Json>(*epoch) : std::nullopt;
    }
    case ShapeType::kBlob: {
      std::string bytes;
      return FromBase64(text, bytes) ? std::optional<Json>(bytes) : std::nullopt;
    }
    default:
      if (!IsUtf8(text)) return std::nullopt;
      return Json(boost::json::string_view(text.data(), text.size()));
  }
}

std::string TimestampText(double epoch_seconds, TimestampFormat format, bool whole_seconds) {
  if (!IsPlausibleEpoch(epoch_seconds)) throw Error(kInternalFailure, "A timestamp is out of range.");
  const Time time = Time::FromEpochSeconds(epoch_seconds);
  switch (format) {
    case TimestampFormat::kHttpDate:
      return ToHttpDate(time);
    case TimestampFormat::kUnix: {
      const std::int64_t seconds = static_cast<std::int64_t>(std::floor(epoch_seconds));
      return whole_seconds || epoch_seconds == std::floor(epoch_seconds) ? std::to_string(seconds)
                                                                         : DoubleText(epoch_seconds);
    }
    default:
      return ToIso8601(time, !whole_seconds);
  }
}

void AppendScalarText(const Member& member, const Json& value, TimestampFormat timestamp_default, bool whole_seconds,
                      std::string& out) {
  const Shape shape = member.shape();
  if (shape.type() == ShapeType::kTimestamp && value.is_number()) {
    const TimestampFormat own = member.timestamp_format();
    out += TimestampText(value.to_number<double>(), own == TimestampFormat::kDefault ? timestamp_default : own,
                         whole_seconds);
  } else if (shape.type() == ShapeType::kBlob && value.is_string()) {
    out += ToBase64(std::string_view(value.get_string()));
  } else if (value.is_string()) {
    out += std::string_view(value.get_string());
  } else if (value.is_double()) {
    out += DoubleText(value.get_double());
  } else {
    AppendText(value, out);
  }
}

}  // namespace sagebrush::wire
