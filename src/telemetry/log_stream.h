#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/line_file.h"
#include "base/mutex.h"

namespace sagebrush::telemetry {

// The place of an event in its stream: events come in order of their time, those of the same time in order of arrival.
struct LogPosition {
  std::int64_t time = 0;
  std::uint64_t offset = 0;
  auto operator<=>(const LogPosition&) const = default;
};
inline constexpr LogPosition kLogEnd{INT64_MAX, UINT64_MAX};

inline LogPosition PositionOf(const LogLine& line) { return {line.time.milliseconds, line.offset}; }

// What to read: events at positions from `from` up to, not including, `until`, as long as both limits allow.
struct LogRange {
  LogPosition from;
  LogPosition until = kLogEnd;
  std::size_t events_max = 10'000;
  std::size_t bytes_max = 1 << 20;  // Of the messages and 26 bytes for each; one event is always allowed.
};

// The events of one stream, read from the file to which a workload's supervisor or Append write. Remembers where in
// the file which times are, so that a read does not pass over all of it; what was appended since is looked at first.
// Safe to call from any thread.
class LogStream {
 public:
  LogStream(std::string name, Time created, Path file);

  const std::string& name() const { return name_; }
  Time created() const { return created_; }
  const Path& file() const { return file_; }

  struct Summary {
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
    Time first_event, last_event, last_ingestion;  // Meaningless without events.
  };
  Summary Summarise();

  // In order. The first of the range; the last of it.
  std::vector<LogLine> ReadForward(const LogRange& range);
  std::vector<LogLine> ReadBackward(const LogRange& range);

  // Durable on return. Not to be called while a supervisor writes the stream.
  void Append(const std::vector<LogLine>& lines);
  // Empties the stream if all its events are older than `cutoff`; else gives back the space of those at its beginning,
  // if that is worth it. Returns whether it did either.
  bool Expire(Time cutoff);
  // Ends writing before the file is deleted.
  void CloseWriter();

 private:
  struct Block {
    std::uint64_t offset;
    LogPosition first;
  };
  struct Sized {
    LogPosition position;
    std::uint32_t size;
    bool operator<(const Sized& other) const { return position < other.position; }
  };

  void CatchUp() REQUIRES(mutex_);
  bool DropBefore(Time cutoff) REQUIRES(mutex_);
  void Note(const LogLine& line) REQUIRES(mutex_);
  void BecomeUnordered() REQUIRES(mutex_);
  std::size_t BlockOf(const LogPosition& position) const REQUIRES(mutex_);
  std::vector<LogLine> ReadBlocks(std::size_t block, std::uint64_t end, const LogRange& range) const REQUIRES(mutex_);
  std::vector<LogLine> ReadSized(std::vector<Sized>::const_iterator first,
                                 std::vector<Sized>::const_iterator last) const REQUIRES(mutex_);

  const std::string name_;
  const Time created_;
  const Path file_;

  Mutex mutex_;
  std::uint64_t begin_ GUARDED_BY(mutex_) = 0;        // Where the lines begin that were not dropped.
  std::uint64_t known_until_ GUARDED_BY(mutex_) = 0;  // The file is known up to this offset.
  Summary summary_ GUARDED_BY(mutex_);
  LogPosition last_ GUARDED_BY(mutex_);                // Of the last event in the file.
  std::vector<Block> blocks_ GUARDED_BY(mutex_);       // One about every 64 KiB of the file.
  bool ordered_ GUARDED_BY(mutex_) = true;             // Times never went back so far: file order is event order.
  std::vector<Sized> by_position_ GUARDED_BY(mutex_);  // Every event, sorted; only when not ordered_.
  std::unique_ptr<LineFileWriter> writer_ GUARDED_BY(mutex_);
};

}  // namespace sagebrush::telemetry
