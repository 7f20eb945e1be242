#include "inference/invocation_metrics.h"

#include <algorithm>

namespace sagebrush::inference {
namespace {

using telemetry::Datapoint;

// `ones` of `all` invocations had a 1, the others a 0: an average is then a share.
Datapoint Share(double ones, double all) {
  Datapoint out;
  if (ones > 0) out.Add(1, ones);
  if (all > ones) out.Add(0, all - ones);
  return out;
}

}  // namespace

// Names, units and what a sample is: docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html, "SageMaker AI
// endpoint invocation metrics".
void PublishInvocations(Router& router, telemetry::MetricSink& sink, Time now) {
  std::vector<telemetry::MetricDatum> data;
  for (const VariantCounts& counts : router.TakeCounts()) {
    const double invocations = counts.model_latency.sample_count();
    if (invocations == 0) continue;
    const auto add = [&](const char* name, const char* unit, Datapoint values) {
      data.push_back({.metric = {.account = counts.account,
                                 .region = counts.region,
                                 .name_space = "AWS/SageMaker",
                                 .name = name,
                                 .dimensions = {{"EndpointName", counts.endpoint}, {"VariantName", counts.variant}}},
                      .time = now + Milliseconds(-1),
                      .unit = unit,
                      .values = std::move(values)});
    };
    add("Invocations", "None", Datapoint(1, invocations));
    add("InvocationsPerInstance", "None", Datapoint(1 / std::max(1.0, counts.instances), invocations));
    add("ModelLatency", "Microseconds", counts.model_latency);
    add("OverheadLatency", "Microseconds", counts.overhead_latency);
    add("Invocation4XXErrors", "None", Share(counts.client_errors, invocations));
    add("Invocation5XXErrors", "None", Share(counts.server_errors, invocations));
  }
  if (!data.empty()) sink.Publish(data);
}

}  // namespace sagebrush::inference
