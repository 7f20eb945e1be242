#include <fmt/format.h>

#include <algorithm>

#include "telemetry/log_errors.h"
#include "telemetry/log_handlers.h"

namespace sagebrush::telemetry {
namespace {

constexpr std::size_t kPageMax = 50;

Json Describe(const wire::Call& call, const std::string& group, const LogStream& stream,
              const LogStream::Summary& summary) {
  // AWS reports 0 bytes for every stream since 2019.
  JsonObject description{{"logStreamName", stream.name()},
                         {"creationTime", stream.created().milliseconds},
                         {"arn", LogGroupArn(call, group) + ":log-stream:" + stream.name()},
                         {"storedBytes", 0}};
  if (summary.events > 0) {
    description["firstEventTimestamp"] = summary.first_event.milliseconds;
    description["lastEventTimestamp"] = summary.last_event.milliseconds;
    description["lastIngestionTime"] = summary.last_ingestion.milliseconds;
  }
  return description;
}

// The order of a page: by time of the last event, then name; by name only when the times are all 0.
std::pair<std::int64_t, std::string> RankOf(const std::shared_ptr<LogStream>& stream, bool by_time) {
  return {by_time ? stream->Summarise().last_event.milliseconds : 0, stream->name()};
}

}  // namespace

std::shared_ptr<LogStream> FindLogStream(const LogGroup& group, const std::string& name) {
  auto stream = group.Find(name);
  if (stream == nullptr) throw Error(kLogsNotFound, "The specified log stream does not exist.");
  return stream;
}

Json CreateLogStream(const LogsContext& context, wire::Call& call) {
  const auto group = FindLogGroup(context, call);
  if (group->CreateStream(GetString(call.input, "logStreamName"), context.clock.Now()) == nullptr) {
    throw Error(kLogsExists, "The specified log stream already exists");
  }
  group->Sync();
  return JsonObject{};
}

Json DeleteLogStream(const LogsContext& context, wire::Call& call) {
  const auto group = FindLogGroup(context, call);
  if (!group->DeleteStream(GetString(call.input, "logStreamName"), context.clock.Now())) {
    throw Error(kLogsNotFound, "The specified log stream does not exist.");
  }
  return JsonObject{};
}

Json DescribeLogStreams(const LogsContext& context, wire::Call& call) {
  const auto group = FindLogGroup(context, call);
  const std::string prefix = GetString(call.input, "logStreamNamePrefix");
  const bool by_time = GetString(call.input, "orderBy") == "LastEventTime";
  const bool descending = GetBool(call.input, "descending");
  if (by_time && !prefix.empty()) {
    throw Error(kLogsInvalidParameter, "Cannot order by LastEventTime with a logStreamNamePrefix.");
  }
  using Ranked = std::pair<std::pair<std::int64_t, std::string>, std::shared_ptr<LogStream>>;
  std::vector<Ranked> ranked;
  for (const auto& stream : group->Streams(prefix)) ranked.emplace_back(RankOf(stream, by_time), stream);
  const auto before = [&](const Ranked& a, const Ranked& b) {
    return descending ? b.first < a.first : a.first < b.first;
  };
  std::sort(ranked.begin(), ranked.end(), before);
  auto next = ranked.begin();
  if (Find(call.input, "nextToken") != nullptr) {
    const Json token = OpenLogsToken(GetString(call.input, "nextToken"));
    next = std::upper_bound(ranked.begin(), ranked.end(),
                            Ranked{{GetInt(token, "Time"), GetString(token, "Stream")}, nullptr}, before);
  }
  const auto limit = static_cast<std::ptrdiff_t>(GetInt(call.input, "limit", kPageMax));
  const auto end = next + std::min(limit, ranked.end() - next);
  const std::string group_name = LogGroupNameOf(call);
  JsonArray streams;
  for (auto it = next; it != end; ++it) {
    streams.push_back(Describe(call, group_name, *it->second, it->second->Summarise()));
  }
  JsonObject output{{"logStreams", std::move(streams)}};
  // Only when there is more: SageMaker's SDK asks for ever while it sees a token (client-flows.md, 3.3).
  if (end != ranked.end() && end != next) {
    const auto& last = std::prev(end)->first;
    output["nextToken"] = SealLogsToken({{"Time", last.first}, {"Stream", last.second}});
  }
  return output;
}

}  // namespace sagebrush::telemetry
