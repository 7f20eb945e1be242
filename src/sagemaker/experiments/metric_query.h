#pragma once

#include <span>

#include "sagemaker/experiments/metrics.h"

namespace sagebrush::sagemaker {

inline constexpr std::size_t kQueryValuesMax = 10'000;  // What has more is "Truncated" to the first of them.

// The answer to one of BatchGetMetrics's queries, of all points of its resource: for each step, or each minute, five
// minutes or hour, in order, the statistic of the points that lie there. Times, Start and End among them, are whole
// seconds of the epoch, as the Timestamp with which a point is put. Pure.
JsonObject AnswerQuery(const Json& query, std::span<const MetricPoint> points);
JsonObject RefusedQuery(const std::string& message);

}  // namespace sagebrush::sagemaker
