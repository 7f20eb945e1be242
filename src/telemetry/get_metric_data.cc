#include <algorithm>
#include <set>

#include "telemetry/metric_errors.h"
#include "telemetry/metric_handlers.h"

namespace sagebrush::telemetry {
namespace {

constexpr std::size_t kQueriesMax = 500;
constexpr std::int64_t kDatapointsMax = 100'800;

// One of GetMetricData's queries: its points in time, those of several units together.
struct Query {
  std::string id;
  std::string label;
  Metric metric;
  std::string unit;
  std::chrono::seconds period;
  Statistic statistic;
};

bool IsId(const std::string& id) {
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  return !id.empty() && id[0] >= 'a' && id[0] <= 'z' && std::ranges::all_of(id, is_word);
}

[[noreturn]] void ThrowQuery(const std::string& id, const std::string& why) {
  throw Error(kMetricValidation, fmt::format("The query {} is invalid: {}", id, why));
}

Query QueryOf(const wire::Call& call, const Json& given) {
  const std::string id = GetString(given, "Id");
  if (!IsId(id)) ThrowQuery(id, "an Id begins with a lower-case letter and has letters, digits and underscores.");
  if (Find(given, "Expression") != nullptr) {
    ThrowQuery(id, "an Expression asks for metric math, which this server does not have; MetricStat is possible.");
  }
  const Json* const stat = Find(given, "MetricStat");
  if (stat == nullptr) ThrowQuery(id, "it has no MetricStat.");
  if (Find(given, "Period") != nullptr) ThrowQuery(id, "Period is for expressions; MetricStat has one of its own.");
  const std::string account = GetString(given, "AccountId", call.account());
  if (account != call.account()) ThrowQuery(id, "AccountId names another account, of which nothing can be read.");
  const std::string label = GetString(given, "Label", GetString(*stat, "Metric.MetricName"));
  if (label.find("${") != std::string::npos) ThrowQuery(id, "a Label with ${...} is not filled in here.");
  const Json& metric = stat->at("Metric");
  if (GetString(metric, "Namespace").empty() || GetString(metric, "MetricName").empty()) {
    ThrowQuery(id, "its Metric needs Namespace and MetricName.");
  }
  return {id,
          label,
          MetricIn(call, metric, GetString(metric, "Namespace"), "MetricStat.Metric.Dimensions"),
          GetString(*stat, "Unit"),
          PeriodOf(*stat, "MetricStat.Period"),
          StatisticNamed(GetString(*stat, "Stat"), "MetricStat.Stat")};
}

// The queries whose data is asked for.
std::vector<Query> QueriesOf(const wire::Call& call) {
  const JsonArray& given = call.input.at("MetricDataQueries").as_array();
  if (given.size() > kQueriesMax) {
    throw Error(kMetricValidation,
                fmt::format("The collection MetricDataQueries must not have a size greater than {}.", kQueriesMax));
  }
  std::set<std::string> ids;
  std::vector<Query> queries;
  for (const Json& query : given) {
    Query read = QueryOf(call, query);
    if (!ids.insert(read.id).second) ThrowQuery(read.id, "another one has the same Id.");
    const Json* const returned = Find(query, "ReturnData");
    if (returned == nullptr || returned->as_bool()) queries.push_back(std::move(read));
  }
  return queries;
}

std::vector<std::pair<Time, double>> PointsOf(const MetricContext& context, const Query& query, Time start, Time end,
                                              bool descending) {
  std::vector<std::pair<Time, double>> points;
  auto periods = context.metrics.Read(query.metric, query.unit, start, end, query.period);
  for (std::size_t i = 0; i < periods.size(); ++i) {
    // Other units of the same period come right behind.
    while (i + 1 < periods.size() && periods[i + 1].start == periods[i].start) {
      periods[i + 1].values.Merge(periods[i].values);
      ++i;
    }
    if (const auto value = query.statistic.Of(periods[i].values)) points.emplace_back(periods[i].start, *value);
  }
  if (descending) std::ranges::reverse(points);
  return points;
}

// Where a page of GetMetricData begins: the query, and the time of the last point of it that has been shown.
struct DataPosition {
  std::size_t query = 0;
  std::optional<Time> after;
};

DataPosition PositionIn(const Json& input) {
  const std::string token = GetString(input, "NextToken");
  if (token.empty()) return {};
  const JsonArray read = OpenMetricToken(token, 2);
  if (!read[0].is_int64() || read[0].get_int64() < 0 || !(read[1].is_int64() || read[1].is_null()))
    OpenMetricToken("", 0);
  DataPosition position{static_cast<std::size_t>(read[0].get_int64()), std::nullopt};
  if (read[1].is_int64()) position.after = Time{read[1].get_int64()};
  return position;
}

// What a page still takes.
struct DataRoom {
  std::int64_t datapoints;
  bool descending;
};

// The points of one query behind `after`, as far as there is room. `cut`: the last of them, when there are more.
JsonObject ResultOf(const Query& query, const std::vector<std::pair<Time, double>>& points, std::optional<Time> after,
                    DataRoom& room, std::optional<Time>& cut) {
  JsonArray times, values;
  std::optional<Time> last;
  for (const auto& [time, value] : points) {
    if (after && (room.descending ? time >= *after : time <= *after)) continue;
    if (room.datapoints == 0) {
      cut = last;
      break;
    }
    --room.datapoints;
    last = time;
    times.emplace_back(time.ToEpochSeconds());
    values.emplace_back(value);
  }
  return {{"Id", query.id},
          {"Label", query.label},
          {"Timestamps", std::move(times)},
          {"Values", std::move(values)},
          {"StatusCode", cut ? "PartialData" : "Complete"}};
}

DataRoom RoomOf(const Json& input) {
  const DataRoom room{GetInt(input, "MaxDatapoints", kDatapointsMax),
                      GetString(input, "ScanBy", "TimestampDescending") == "TimestampDescending"};
  if (room.datapoints >= 1 && room.datapoints <= kDatapointsMax) return room;
  throw Error(kMetricValidation, fmt::format("The parameter MaxDatapoints must be 1 to {}.", kDatapointsMax));
}

}  // namespace

Json GetMetricData(const MetricContext& context, wire::Call& call) {
  const Time start = TimeIn(call.input, "StartTime"), end = TimeIn(call.input, "EndTime");
  RequireRange(start, end, kMetricValidation);
  if (Find(call.input, "LabelOptions") != nullptr) {
    throw Error(kMetricValidation, "The parameter LabelOptions is refused: labels here have no times in them.");
  }
  const std::vector<Query> queries = QueriesOf(call);
  DataRoom room = RoomOf(call.input);
  DataPosition at = PositionIn(call.input);
  JsonArray results;
  JsonObject output;
  std::optional<Time> cut;
  for (; at.query < queries.size() && room.datapoints > 0; ++at.query, at.after.reset()) {
    const Query& query = queries[at.query];
    const auto points = PointsOf(context, query, start, end, room.descending);
    results.push_back(ResultOf(query, points, at.after, room, cut));
    if (cut) break;
  }
  if (at.query < queries.size()) {
    output["NextToken"] = SealMetricToken({Json(at.query), cut ? Json(cut->milliseconds) : Json(nullptr)});
  }
  output["MetricDataResults"] = std::move(results);
  output["Messages"] = JsonArray();
  return output;
}

}  // namespace sagebrush::telemetry
