#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>

#include "telemetry/log_errors.h"
#include "telemetry/log_handlers.h"
#include "telemetry/log_search.h"

namespace sagebrush::telemetry {
namespace {

constexpr Milliseconds kHour{3'600'000};
constexpr std::size_t kBatchBytesMax = 1 << 20;
constexpr std::size_t kBatchEventsMax = 10'000;
constexpr std::size_t kEventOverhead = 26;

// "f/" or "b/" and the position from which a read goes on forwards, or before which it goes on backwards.
std::string PageToken(char direction, const LogPosition& position) {
  return fmt::format("{}/{:016x}{:016x}", direction, static_cast<std::uint64_t>(position.time), position.offset);
}

struct ReadToken {
  bool forward;
  LogPosition position;
};

ReadToken ParsePageToken(const std::string& token) {
  std::uint64_t parts[2] = {0, 0};
  bool valid = token.size() == 34 && (token.starts_with("f/") || token.starts_with("b/"));
  for (int i = 0; valid && i < 2; ++i) {
    const char* first = token.data() + 2 + 16 * i;
    const auto result = std::from_chars(first, first + 16, parts[i], 16);
    valid = result.ec == std::errc() && result.ptr == first + 16;
  }
  if (!valid) throw Error(kLogsInvalidParameter, "The specified nextToken is invalid.");
  return {token[0] == 'f', {static_cast<std::int64_t>(parts[0]), parts[1]}};
}

LogPosition Behind(const LogLine& line) { return {line.time.milliseconds, line.offset + 1}; }

// [startTime, endTime) and what retention has left.
LogRange RangeOf(const Json& input, Time cutoff) {
  LogRange range;
  range.from.time = std::max(GetInt(input, "startTime"), cutoff.milliseconds);
  if (Find(input, "endTime") != nullptr) range.until = {GetInt(input, "endTime"), 0};
  range.events_max = static_cast<std::size_t>(GetInt(input, "limit", 10'000));
  return range;
}

Json EventOf(const LogLine& line) {
  return JsonObject{
      {"timestamp", line.time.milliseconds}, {"message", line.message}, {"ingestionTime", line.ingested.milliseconds}};
}

struct Batch {
  std::vector<LogLine> lines;
  JsonObject rejected;
};

void CheckBatch(const JsonArray& events) {
  std::size_t bytes = 0;
  std::int64_t previous = 0;
  for (const Json& event : events) {
    bytes += GetString(event, "message").size() + kEventOverhead;
    const std::int64_t time = GetInt(event, "timestamp");
    if (time < previous)
      throw Error(kLogsInvalidParameter, "Log events in a single PutLogEvents request must be in chronological order.");
    previous = time;
  }
  if (bytes > kBatchBytesMax) {
    throw Error(kLogsInvalidParameter,
                fmt::format("Upload too large: {} bytes exceeds limit of {}", bytes, kBatchBytesMax));
  }
  if (events.size() > kBatchEventsMax) {
    throw Error(kLogsInvalidParameter,
                fmt::format("Upload too large: {} events exceeds limit of {}", events.size(), kBatchEventsMax));
  }
  if (!events.empty() && previous - GetInt(events.front(), "timestamp") > 24 * kHour.count()) {
    throw Error(kLogsInvalidParameter,
                "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  }
}

// The events that AWS would take: not over 14 days or the retention old, nor over 2 hours ahead.
Batch AcceptEvents(const JsonArray& events, Time now, Time cutoff) {
  Batch batch;
  const std::int64_t oldest = now.milliseconds - 14 * 24 * kHour.count();
  const std::int64_t newest = now.milliseconds + 2 * kHour.count();
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Time time{GetInt(events[i], "timestamp")};
    if (time.milliseconds > newest) {
      batch.rejected.emplace("tooNewLogEventStartIndex", i);  // The first one; emplace keeps it.
    } else if (time < cutoff) {
      batch.rejected["expiredLogEventEndIndex"] = i + 1;
    } else if (time.milliseconds < oldest) {
      batch.rejected["tooOldLogEventEndIndex"] = i + 1;
    } else {
      batch.lines.push_back({.time = time, .ingested = now, .message = GetString(events[i], "message")});
    }
  }
  return batch;
}

std::vector<std::shared_ptr<LogStream>> StreamsToSearch(const Json& input, const LogGroup& group) {
  const Json* names = Find(input, "logStreamNames");
  const std::string prefix = GetString(input, "logStreamNamePrefix");
  if (names == nullptr) return group.Streams(prefix);
  if (!prefix.empty()) {
    throw Error(kLogsInvalidParameter, "logStreamNames and logStreamNamePrefix may not be given together.");
  }
  std::map<std::string, std::shared_ptr<LogStream>> streams;
  for (const Json& name : names->as_array()) {
    const std::string text(name.as_string());
    streams[text] = FindLogStream(group, text);
  }
  std::vector<std::shared_ptr<LogStream>> list;
  for (const auto& [name, stream] : streams) list.push_back(stream);
  return list;
}

// 56 digits, as AWS's ids, that no other event of the group has.
std::string EventId(const LogSearchResult::Found& found) {
  return fmt::format("{:016}{:020}{:020}", found.line.time.milliseconds, std::hash<std::string>()(found.stream),
                     found.line.offset);
}

}  // namespace

Json PutLogEvents(const LogsContext& context, wire::Call& call) {
  const auto group = FindLogGroup(context, call);
  const auto stream = FindLogStream(*group, GetString(call.input, "logStreamName"));
  const JsonArray& events = Find(call.input, "logEvents")->as_array();
  CheckBatch(events);
  const Time now = context.clock.Now();
  Batch batch = AcceptEvents(events, now, group->Cutoff(now));
  if (!batch.lines.empty()) stream->Append(batch.lines);
  // Sequence tokens no longer mean anything; clients written before 2023 want one.
  JsonObject output{{"nextSequenceToken", fmt::format("{:056}", now.milliseconds)}};
  if (!batch.rejected.empty()) output["rejectedLogEventsInfo"] = std::move(batch.rejected);
  return output;
}

Json GetLogEvents(const LogsContext& context, wire::Call& call) {
  const auto group = FindLogGroup(context, call);
  const auto stream = FindLogStream(*group, GetString(call.input, "logStreamName"));
  LogRange range = RangeOf(call.input, group->Cutoff(context.clock.Now()));
  bool forward = GetBool(call.input, "startFromHead");
  LogPosition place = range.from;  // Where an empty page leaves the reader.
  if (Find(call.input, "nextToken") != nullptr) {
    const ReadToken token = ParsePageToken(GetString(call.input, "nextToken"));
    forward = token.forward;
    place = token.position;
    if (forward) range.from = std::max(range.from, place);
    if (!forward) range.until = std::min(range.until, place);
  }
  const std::vector<LogLine> lines = forward ? stream->ReadForward(range) : stream->ReadBackward(range);
  JsonArray events;
  for (const LogLine& line : lines) events.push_back(EventOf(line));
  // At either end the token stays what it was: clients take that as the sign to stop, and go on from it later.
  return JsonObject{{"events", std::move(events)},
                    {"nextForwardToken", PageToken('f', lines.empty() ? place : Behind(lines.back()))},
                    {"nextBackwardToken", PageToken('b', lines.empty() ? place : PositionOf(lines.front()))}};
}

Json FilterLogEvents(const LogsContext& context, wire::Call& call) {
  const auto group = FindLogGroup(context, call);
  if (!GetBool(call.input, "startFromHead", true)) {
    throw Error(kLogsInvalidParameter, "This server returns the earliest events first: leave startFromHead out.");
  }
  const LogFilterPattern pattern(GetString(call.input, "filterPattern"));
  const LogRange range = RangeOf(call.input, group->Cutoff(context.clock.Now()));
  LogSearch search{.streams = StreamsToSearch(call.input, *group),
                   .pattern = pattern,
                   .time_from = range.from.time,
                   .time_until = range.until.time,
                   .after = std::nullopt,
                   .events_max = range.events_max};
  if (Find(call.input, "nextToken") != nullptr) {
    const Json token = OpenLogsToken(GetString(call.input, "nextToken"));
    search.after = LogSearchPosition{GetInt(token, "Time"), GetString(token, "Stream"),
                                     static_cast<std::uint64_t>(GetInt(token, "Offset"))};
  }
  const LogSearchResult result = SearchLogs(search);
  JsonArray events;
  for (const auto& found : result.events) {
    Json event = EventOf(found.line);
    event.as_object()["logStreamName"] = found.stream;
    event.as_object()["eventId"] = EventId(found);
    events.push_back(std::move(event));
  }
  JsonObject output{{"events", std::move(events)}, {"searchedLogStreams", JsonArray()}};
  if (result.after) {
    output["nextToken"] = SealLogsToken(
        {{"Time", result.after->time}, {"Stream", result.after->stream}, {"Offset", result.after->offset}});
  }
  return output;
}

}  // namespace sagebrush::telemetry
