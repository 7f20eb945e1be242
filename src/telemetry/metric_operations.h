#pragma once

#include <span>
#include <string_view>

#include "base/clock.h"
#include "store/store.h"
#include "telemetry/metric_store.h"
#include "wire/call.h"

namespace sagebrush::telemetry {

// CloudWatch: metrics, and alarms on them (service "cloudwatch"). `metrics` keeps the former, `store` the latter; both
// and `clock` must outlive the table.
void AddMetricOperations(wire::OperationTable& table, MetricStore& metrics, store::Store& store, const Clock& clock);

// The condition keys of CloudWatch that are set.
std::span<const std::string_view> MetricKeys();

}  // namespace sagebrush::telemetry
