#pragma once

#include <span>
#include <string>
#include <vector>

#include "sagemaker/experiments/moments.h"
#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

// Of a trial component: a summary of each metric in its status, and beside it, in documents of their own, the points.

inline constexpr std::size_t kMetricsMax = 300;            // Of one component, by name.
inline constexpr std::int64_t kMetricPointsMax = 100'000;  // Of one component, all metrics together.

struct MetricPoint {
  std::string name;
  Time time;
  std::optional<std::int64_t> step;
  double value;
};

// Adds to the summary of a metric from that source, an ARN. False, and nothing has changed: there are too many metrics.
bool Summarize(store::Resource& component, const std::string& source, const MetricPoint& point);
// Takes in summaries that were made elsewhere: [{MetricName, Count, ...}], in place of those from that source.
void ReplaceSummaries(store::Resource& component, const std::string& source, const JsonArray& summaries);
JsonArray SummariesOf(const store::Resource& component);
JsonObject SummaryOf(const std::string& name, const std::string& source, const Moments& moments);

// Keeps points, by writes that are made with the component's own. The component has room for them.
void KeepPoints(const Context& context, store::Resource& component, std::span<const MetricPoint> points,
                Alongside& also);
std::int64_t PointCountOf(const store::Resource& component);
std::vector<MetricPoint> PointsOf(const Context& context, const store::Resource& component);
// When the component goes.
void DeletePoints(const Context& context, const store::Resource& component, Alongside& also);

// BatchPutMetrics, BatchGetMetrics of service "sagemaker-metrics".
void AddMetricOperations(wire::OperationTable& table, const Context& context);

}  // namespace sagebrush::sagemaker
