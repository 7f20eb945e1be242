#include <algorithm>
#include <cmath>

#include "telemetry/metric_errors.h"
#include "telemetry/metric_handlers.h"

// PutMetricData. The words are those of docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
// and of errors that users have shown.
namespace sagebrush::telemetry {
namespace {

constexpr std::size_t kDataMax = 1000;
constexpr std::size_t kValuesMax = 150;
constexpr std::chrono::hours kAgeMax = std::chrono::days(14);
constexpr std::chrono::hours kAheadMax{2};

[[noreturn]] void ThrowInvalid(const std::string& parameter, const std::string& why) {
  throw Error(kMetricInvalidValue, fmt::format("The value for parameter {} is invalid. {}", parameter, why));
}

double ValueIn(const Json& number, const std::string& parameter) {
  const double value = number.is_number() ? number.to_number<double>() : std::nan("");
  const double limit = std::exp2(360);
  if (!(std::abs(value) <= limit)) ThrowInvalid(parameter, "Values lie between -2^360 and 2^360.");
  return value;
}

Datapoint FromValues(const Json& datum, const JsonArray& values, const std::string& place) {
  const Json* const given = Find(datum, "Counts");
  const JsonArray* const counts = given != nullptr && given->is_array() ? &given->get_array() : nullptr;
  if (values.size() > kValuesMax) {
    throw Error(kMetricInvalidValue,
                fmt::format("The collection {}.Values must not have a size greater than {}.", place, kValuesMax));
  }
  if (counts != nullptr && counts->size() != values.size()) {
    throw Error(kMetricInvalidValue,
                fmt::format("The parameters {0}.Values and {0}.Counts must be of the same size.", place));
  }
  Datapoint out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double count = counts == nullptr ? 1 : ValueIn((*counts)[i], place + ".Counts");
    if (count < 0) ThrowInvalid(place + ".Counts", "A count is not negative.");
    const double value = ValueIn(values[i], place + ".Values");
    if (count > 0) out.Add(value, count);
  }
  if (out.empty()) ThrowInvalid(place + ".Counts", "All of them are zero.");
  return out;
}

Datapoint FromStatisticSet(const Json& set, const std::string& place) {
  const auto number = [&](const char* member) { return ValueIn(set.at(member), place + ".StatisticValues." + member); };
  const double count = number("SampleCount"), sum = number("Sum"), minimum = number("Minimum"),
               maximum = number("Maximum");
  if (count <= 0) ThrowInvalid(place + ".StatisticValues.SampleCount", "It is the count of at least one sample.");
  if (minimum > maximum) ThrowInvalid(place + ".StatisticValues.Minimum", "It is above the maximum.");
  return Datapoint::FromStatisticSet(count, sum, minimum, maximum);
}

Datapoint ValuesOf(const Json& datum, const std::string& place) {
  const Json* const value = Find(datum, "Value");
  const Json* const set = Find(datum, "StatisticValues");
  const Json* const list = Find(datum, "Values");
  const bool has_list = list != nullptr && list->is_array() && !list->get_array().empty();
  const int given = (value != nullptr) + (set != nullptr) + has_list;
  if (given == 0) {
    throw Error(kMetricMissing,
                fmt::format("The parameter {0}.Value, {0}.Values or {0}.StatisticValues is required.", place));
  }
  if (given > 1) {
    throw Error(
        kMetricInvalidCombination,
        fmt::format("The parameters {0}.Value, {0}.Values and {0}.StatisticValues are mutually exclusive and you "
                    "have specified more than one.",
                    place));
  }
  if (value != nullptr) return Datapoint(ValueIn(*value, place + ".Value"));
  return set != nullptr ? FromStatisticSet(*set, place) : FromValues(datum, list->get_array(), place);
}

Time TimeOf(const Json& datum, Time now, const std::string& place) {
  if (Find(datum, "Timestamp") == nullptr) return now;
  const Time time = TimeIn(datum, "Timestamp");
  if (now - time > kAgeMax) {
    throw Error(
        kMetricInvalidValue,
        fmt::format("The parameter {}.Timestamp must specify a time no more than two weeks in the past.", place));
  }
  if (time - now > kAheadMax) {
    throw Error(
        kMetricInvalidValue,
        fmt::format("The parameter {}.Timestamp must specify a time within two hours of the current time.", place));
  }
  return time;
}

MetricDatum DatumOf(const MetricContext& context, const wire::Call& call, const Json& datum, const std::string& place) {
  const std::int64_t resolution = GetInt(datum, "StorageResolution", 60);
  if (resolution == 1) {
    ThrowInvalid(place + ".StorageResolution", "This server keeps metrics by the minute: 60 is possible, 1 is not.");
  }
  if (resolution != 60) ThrowInvalid(place + ".StorageResolution", "It is 1 or 60.");
  MetricDatum out{.metric = MetricIn(call, datum, GetString(call.input, "Namespace"), place),
                  .time = TimeOf(datum, context.clock.Now(), place),
                  .values = ValuesOf(datum, place)};
  out.unit = GetString(datum, "Unit", "None");
  return out;
}

}  // namespace

Json PutMetricData(const MetricContext& context, wire::Call& call) {
  if (GetString(call.input, "Namespace").starts_with("AWS/")) {
    throw Error(kMetricInvalidValue, "The value AWS/ for parameter Namespace is invalid.");
  }
  const Json* const entities = Find(call.input, "EntityMetricData");
  if (entities != nullptr && !entities->as_array().empty()) {
    throw Error(kMetricInvalidValue, "The parameter EntityMetricData is refused: this server keeps no entities.");
  }
  const Json* const given = Find(call.input, "MetricData");
  if (given == nullptr || given->as_array().empty()) {
    throw Error(kMetricMissing, "The parameter MetricData is required.");
  }
  const JsonArray& data = given->as_array();
  if (data.size() > kDataMax) {
    throw Error(kMetricInvalidValue,
                fmt::format("The collection MetricData must not have a size greater than {}.", kDataMax));
  }
  std::vector<MetricDatum> published;
  for (std::size_t i = 0; i < data.size(); ++i) {
    published.push_back(DatumOf(context, call, data[i], fmt::format("MetricData.member.{}", i + 1)));
  }
  context.metrics.Publish(published);
  return JsonObject();
}

}  // namespace sagebrush::telemetry
