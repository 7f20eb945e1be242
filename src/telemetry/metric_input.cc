#include <algorithm>

#include "base/encoding.h"
#include "telemetry/metric_errors.h"
#include "telemetry/metric_handlers.h"

// What several operations of CloudWatch read from their requests.
namespace sagebrush::telemetry {

Metric MetricIn(const wire::Call& call, const Json& document, const std::string& name_space, const std::string& place) {
  Metric metric{call.account(), call.region, name_space, GetString(document, "MetricName"), {}};
  const Json* const dimensions = Find(document, "Dimensions");
  if (dimensions == nullptr || !dimensions->is_array()) return metric;
  for (const Json& dimension : dimensions->get_array()) {
    metric.dimensions.emplace_back(GetString(dimension, "Name"), GetString(dimension, "Value"));
  }
  std::ranges::sort(metric.dimensions);
  const auto twice = std::ranges::adjacent_find(metric.dimensions, {}, &std::pair<std::string, std::string>::first);
  if (twice == metric.dimensions.end()) return metric;
  throw Error(kMetricInvalidValue, fmt::format("The dimension {} is given twice in {}.", twice->first, place));
}

JsonArray DimensionList(const Dimensions& dimensions) {
  JsonArray out;
  for (const auto& [name, value] : dimensions) out.push_back(JsonObject{{"Name", name}, {"Value", value}});
  return out;
}

std::chrono::seconds PeriodOf(const Json& document, const std::string& place) {
  const std::int64_t period = GetInt(document, "Period");
  const bool is_short = period == 1 || period == 5 || period == 10 || period == 20 || period == 30;
  if (is_short || (period > 0 && period % 60 == 0)) return std::chrono::seconds(period);
  throw Error(kMetricInvalidValue,
              fmt::format("The parameter {} must be 1, 5, 10, 20, 30 or a multiple of 60.", place));
}

Statistic StatisticNamed(const std::string& name, const std::string& place) {
  if (const auto statistic = Statistic::Parse(name)) return *statistic;
  throw Error(kMetricInvalidValue, fmt::format("The value {} for parameter {} is invalid. SampleCount, Average, Sum, "
                                               "Minimum, Maximum and percentiles (p0 to p100) are possible.",
                                               name, place));
}

// github.com/influxdata/telegraf/issues/2022 and github.com/elastic/beats/issues/32687 show the first.
void RequireRange(Time start, Time end, const ErrorKind& kind) {
  if (start == end) throw Error(kind, "The parameter StartTime must not equal parameter EndTime.");
  if (start > end) throw Error(kind, "The parameter StartTime must be less than parameter EndTime.");
}

std::string SealMetricToken(const JsonArray& position) { return ToBase64(ToText(position)); }

// Anybody can write one: it only says where to go on.
JsonArray OpenMetricToken(const std::string& token, std::size_t size) {
  std::string text;
  if (FromBase64(token, text)) {
    try {
      const Json position = ParseJson(text);
      if (position.is_array() && position.get_array().size() == size) return position.get_array();
    } catch (const Error&) {
      // Said below.
    }
  }
  throw Error(kMetricInvalidNextToken, "The NextToken is not one that this operation gave.");
}

double NumberIn(const Json& document, std::string_view member) {
  const Json* const value = Find(document, member);
  return value == nullptr || !value->is_number() ? 0 : value->to_number<double>();
}

Time TimeIn(const Json& document, std::string_view member) {
  return Time::FromEpochSeconds(NumberIn(document, member));
}

}  // namespace sagebrush::telemetry
