#include "telemetry/log_search.h"

#include <algorithm>
#include <deque>
#include <queue>

namespace sagebrush::telemetry {
namespace {

// Reads one stream a piece at a time, and only when its events have their turn.
class Cursor {
 public:
  Cursor(LogStream& stream, LogPosition from, LogPosition until) : stream_(stream) {
    range_ = {.from = from, .until = until, .events_max = 1000, .bytes_max = 256 * 1024};
  }

  // The position of the next event, or one before it while that has not been read yet.
  LogSearchPosition Next() const {
    const LogPosition position = lines_.empty() ? range_.from : PositionOf(lines_.front());
    return {position.time, stream_.name(), position.offset};
  }
  bool HasRead() const { return !lines_.empty(); }
  bool Read() {
    for (LogLine& line : stream_.ReadForward(range_)) lines_.push_back(std::move(line));
    return !lines_.empty();
  }
  LogLine Take() {
    LogLine line = std::move(lines_.front());
    lines_.pop_front();
    range_.from = {line.time.milliseconds, line.offset + 1};
    return line;
  }

 private:
  LogStream& stream_;
  LogRange range_;
  std::deque<LogLine> lines_;
};

// Where to go on in a stream behind a position that may be in another one.
LogPosition StartIn(const LogStream& stream, const LogSearch& search) {
  LogPosition from{search.time_from, 0};
  if (!search.after) return from;
  const LogSearchPosition& after = *search.after;
  LogPosition next{after.time, 0};
  if (stream.name() == after.stream) next.offset = after.offset + 1;
  if (stream.name() < after.stream) next = after.time < INT64_MAX ? LogPosition{after.time + 1, 0} : kLogEnd;
  return std::max(from, next);
}

}  // namespace

LogSearchResult SearchLogs(const LogSearch& search) {
  std::vector<Cursor> cursors;
  for (const auto& stream : search.streams) {
    const LogPosition from = StartIn(*stream, search);
    const LogStream::Summary summary = stream->Summarise();
    if (summary.events == 0 || summary.last_event.milliseconds < from.time ||
        summary.first_event.milliseconds >= search.time_until) {
      continue;
    }
    cursors.emplace_back(*stream, std::max(from, LogPosition{summary.first_event.milliseconds, 0}),
                         LogPosition{search.time_until, 0});
  }
  const auto later = [](const Cursor* a, const Cursor* b) { return b->Next() < a->Next(); };
  std::priority_queue<Cursor*, std::vector<Cursor*>, decltype(later)> queue(later);
  for (Cursor& cursor : cursors) queue.push(&cursor);

  LogSearchResult result;
  std::size_t bytes = 0;
  for (std::size_t looked_at = 0; !queue.empty();) {
    Cursor* cursor = queue.top();
    queue.pop();
    if (!cursor->HasRead()) {
      if (cursor->Read()) queue.push(cursor);
      continue;
    }
    // Only now is it known that there is more.
    if (looked_at == search.looked_at_max || result.events.size() == search.events_max || bytes >= search.bytes_max) {
      return result;
    }
    LogSearchPosition position = cursor->Next();
    LogLine line = cursor->Take();
    ++looked_at;
    if (search.pattern.Matches(line.message)) {
      bytes += line.message.size() + 26;
      result.events.push_back({position.stream, std::move(line)});
    }
    result.after = std::move(position);
    queue.push(cursor);
  }
  result.after.reset();
  return result;
}

}  // namespace sagebrush::telemetry
