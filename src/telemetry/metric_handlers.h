#pragma once

#include <string>

#include "base/clock.h"
#include "store/store.h"
#include "telemetry/metric_store.h"
#include "telemetry/statistic.h"
#include "wire/call.h"

namespace sagebrush::telemetry {

// What every handler of the cloudwatch service needs.
struct MetricContext {
  MetricStore& metrics;
  store::Store& store;
  const Clock& clock;
};

Json PutMetricData(const MetricContext& context, wire::Call& call);
Json GetMetricData(const MetricContext& context, wire::Call& call);
Json GetMetricStatistics(const MetricContext& context, wire::Call& call);
Json ListMetrics(const MetricContext& context, wire::Call& call);

Json PutMetricAlarm(const MetricContext& context, wire::Call& call);
Json DescribeAlarms(const MetricContext& context, wire::Call& call);
Json DeleteAlarms(const MetricContext& context, wire::Call& call);
Json SetAlarmState(const MetricContext& context, wire::Call& call);

// The metric that `document` names by Namespace, MetricName and Dimensions; `place` is where it is in the request, for
// the error: InvalidParameterValue when a dimension is named twice.
Metric MetricIn(const wire::Call& call, const Json& document, const std::string& name_space, const std::string& place);
JsonArray DimensionList(const Dimensions& dimensions);
// Throws InvalidParameterValue unless CloudWatch knows such a period.
std::chrono::seconds PeriodOf(const Json& document, const std::string& place);
Statistic StatisticNamed(const std::string& name, const std::string& place);  // Throws InvalidParameterValue.
// Throws Error of that kind unless there is time between them.
void RequireRange(Time start, Time end, const ErrorKind& kind);
// The place from which to go on, sealed in a NextToken; Open throws InvalidNextToken unless it holds `size` values.
std::string SealMetricToken(const JsonArray& position);
JsonArray OpenMetricToken(const std::string& token, std::size_t size);
double NumberIn(const Json& document, std::string_view member);
Time TimeIn(const Json& document, std::string_view member);

}  // namespace sagebrush::telemetry
