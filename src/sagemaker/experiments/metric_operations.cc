#include <cmath>
#include <map>

#include "sagemaker/experiments/experiments.h"
#include "sagemaker/experiments/metric_query.h"
#include "sagemaker/experiments/metrics.h"
#include "sagemaker/registry.h"
#include "sagemaker/request_keys.h"
#include "sagemaker/tags.h"

namespace sagebrush::sagemaker {
namespace {

// "Timestamps must be between two weeks before and two hours from now": the SDK's sagemaker/experiments/metrics.py.
constexpr Milliseconds kPast{14LL * 86'400 * 1000};
constexpr Milliseconds kFuture{2LL * 3600 * 1000};

MetricPoint PointIn(const Json& datum) {
  MetricPoint point{GetString(datum, "MetricName"), Time::FromEpochSeconds(GetDouble(datum, "Timestamp")), std::nullopt,
                    GetDouble(datum, "Value")};
  if (Find(datum, "Step") != nullptr) point.step = GetInt(datum, "Step");
  return point;
}

bool IsValid(const MetricPoint& point, Time now) {
  return std::isfinite(point.value) && point.time >= now + -kPast && point.time <= now + kFuture;
}

// Takes what is valid and has room, and says what is not.
JsonArray Take(const Context& context, const JsonArray& data, store::Resource& component, Alongside& also) {
  const std::string source = ArnOf(TrialComponentNoun(), component.key);
  std::vector<MetricPoint> points;
  JsonArray errors;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const MetricPoint point = PointIn(data[i]);
    const bool has_room = PointCountOf(component) + static_cast<std::int64_t>(points.size()) < kMetricPointsMax;
    if (!IsValid(point, context.clock.Now())) {
      errors.push_back({{"Code", "VALIDATION_ERROR"}, {"MetricIndex", i}});
    } else if (!has_room || !Summarize(component, source, point)) {
      errors.push_back({{"Code", "METRIC_LIMIT_EXCEEDED"}, {"MetricIndex", i}});
    } else {
      points.push_back(point);
    }
  }
  KeepPoints(context, component, points, also);
  return errors;
}

Json BatchPutMetrics(const Context& context, const wire::Call& call) {
  const store::Key key = KeyNamed(TrialComponentNoun(), call, GetString(call.input, "TrialComponentName"));
  JsonArray errors;
  RewriteWith(context, TrialComponentNoun(), key, [&](store::Resource& component, Alongside& also) {
    errors = Take(context, call.input.at("MetricData").as_array(), component, also);
  });
  return {{"Errors", std::move(errors)}};
}

// The component that an ARN names, or whose source it is. nullptr: there is none.
std::shared_ptr<const store::Resource> ComponentOf(const Context& context, const Target& target) {
  if (target.noun == &TrialComponentNoun()) return context.store.Get(target.key);
  store::ListQuery query{.kind = TrialComponentNoun().kind, .account = target.key.account, .region = target.key.region};
  query.where = [arn = ArnOf(*target.noun, target.key)](const store::Outline& outline) {
    return outline.ValueOf("Source.SourceArn") == arn;
  };
  query.limit = 1;
  const store::Page page = context.store.List(query);
  return page.resources.empty() ? nullptr : page.resources.front();
}

// One resource's points at a time are in memory, however many resources are asked about.
Json BatchGetMetrics(const Context& context, const wire::Call& call) {
  const JsonArray& queries = call.input.at("MetricQueries").as_array();
  std::map<std::string, std::vector<std::size_t>> places;
  for (std::size_t i = 0; i < queries.size(); ++i) places[GetString(queries[i], "ResourceArn")].push_back(i);
  JsonArray results(queries.size());
  for (const auto& [arn, at] : places) {
    const auto component = ComponentOf(context, TargetOf(Nouns(), call, arn));
    const std::vector<MetricPoint> points =
        component == nullptr ? std::vector<MetricPoint>() : PointsOf(context, *component);
    for (const std::size_t i : at) {
      results[i] = component == nullptr ? RefusedQuery("No trial component is " + arn + " or comes from it.")
                                        : AnswerQuery(queries[i], points);
    }
  }
  return {{"MetricQueryResults", std::move(results)}};
}

wire::Access On(const Context& context, const Target& target, const std::string& action) {
  JsonObject facts;
  if (const auto resource = context.store.Get(target.key)) AddResourceTags(*resource, facts);
  return {"sagemaker:" + action, ArnOf(*target.noun, target.key), std::move(facts), nullptr};
}

}  // namespace

void AddMetricOperations(wire::OperationTable& table, const Context& context) {
  table.Add("sagemaker-metrics", "BatchPutMetrics",
            {[&](wire::Call& call) { return BatchPutMetrics(context, call); },
             [&](const wire::Call& call) {
               const store::Key key = KeyNamed(TrialComponentNoun(), call, GetString(call.input, "TrialComponentName"));
               return std::vector<wire::Access>{On(context, {&TrialComponentNoun(), key}, "BatchPutMetrics")};
             }});
  table.Add("sagemaker-metrics", "BatchGetMetrics",
            {[&](wire::Call& call) { return BatchGetMetrics(context, call); },
             [&](const wire::Call& call) {
               std::vector<wire::Access> accesses;
               for (const Json& query : call.input.at("MetricQueries").as_array()) {
                 const Target target = TargetOf(Nouns(), call, GetString(query, "ResourceArn"));
                 accesses.push_back(On(context, target, "BatchGetMetrics"));
               }
               return accesses;
             }});
}

}  // namespace sagebrush::sagemaker
