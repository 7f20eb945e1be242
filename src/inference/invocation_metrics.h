#pragma once

#include "base/clock.h"
#include "inference/router.h"
#include "telemetry/metric.h"

namespace sagebrush::inference {

// Gives `sink` what went through each variant since the last time, as it ended before `now`: Invocations,
// InvocationsPerInstance, ModelLatency, OverheadLatency, Invocation4XXErrors and Invocation5XXErrors in AWS/SageMaker,
// by EndpointName and VariantName. Nothing for a variant that nobody invoked. Throws what the sink throws; what was
// taken is then lost.
void PublishInvocations(Router& router, telemetry::MetricSink& sink, Time now);

}  // namespace sagebrush::inference
