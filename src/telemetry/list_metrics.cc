#include "telemetry/metric_errors.h"
#include "telemetry/metric_handlers.h"

namespace sagebrush::telemetry {
namespace {

constexpr std::size_t kListedMax = 500;

MetricFilter FilterOf(const MetricContext& context, const wire::Call& call) {
  MetricFilter filter{.account = call.account(),
                      .region = call.region,
                      .name_space = GetString(call.input, "Namespace"),
                      .name = GetString(call.input, "MetricName")};
  const bool recent = GetString(call.input, "RecentlyActive") == "PT3H";
  filter.active_since = context.clock.Now() + -Milliseconds(recent ? std::chrono::hours(3) : std::chrono::days(14));
  const Json* const dimensions = Find(call.input, "Dimensions");
  if (dimensions == nullptr) return filter;
  for (const Json& dimension : dimensions->as_array()) {
    auto& wanted = filter.dimensions.emplace_back(GetString(dimension, "Name"), std::nullopt);
    if (Find(dimension, "Value") != nullptr) wanted.second = GetString(dimension, "Value");
  }
  return filter;
}

std::optional<Metric> MetricBefore(const wire::Call& call) {
  const std::string token = GetString(call.input, "NextToken");
  if (token.empty()) return std::nullopt;
  const JsonArray read = OpenMetricToken(token, 3);
  if (!read[0].is_string() || !read[1].is_string() || !read[2].is_array()) OpenMetricToken("", 0);
  Metric metric{call.account(), call.region, std::string(read[0].get_string()), std::string(read[1].get_string()), {}};
  for (const Json& pair : read[2].get_array()) {
    if (!pair.is_array() || pair.get_array().size() != 2 || !pair.at(0).is_string() || !pair.at(1).is_string()) {
      OpenMetricToken("", 0);
    }
    metric.dimensions.emplace_back(pair.at(0).get_string(), pair.at(1).get_string());
  }
  return metric;
}

std::string Seal(const Metric& metric) {
  JsonArray dimensions;
  for (const auto& [name, value] : metric.dimensions) dimensions.push_back(JsonArray{Json(name), Json(value)});
  return SealMetricToken({Json(metric.name_space), Json(metric.name), std::move(dimensions)});
}

}  // namespace

Json ListMetrics(const MetricContext& context, wire::Call& call) {
  const std::string owner = GetString(call.input, "OwningAccount", call.account());
  if (owner != call.account()) {
    throw Error(kMetricInvalidValue, "The parameter OwningAccount names an account that is not linked to this one.");
  }
  auto found = context.metrics.List(FilterOf(context, call), MetricBefore(call), kListedMax + 1);
  JsonObject output;
  if (found.size() > kListedMax) {
    found.pop_back();
    output["NextToken"] = Seal(found.back());
  }
  JsonArray metrics, owners;
  for (const Metric& metric : found) {
    metrics.push_back(JsonObject{{"Namespace", metric.name_space},
                                 {"MetricName", metric.name},
                                 {"Dimensions", DimensionList(metric.dimensions)}});
    owners.emplace_back(call.account());
  }
  output["Metrics"] = std::move(metrics);
  const Json* const linked = Find(call.input, "IncludeLinkedAccounts");
  if (linked != nullptr && linked->as_bool()) output["OwningAccounts"] = std::move(owners);
  return output;
}

}  // namespace sagebrush::telemetry
