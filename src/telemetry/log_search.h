#pragma once

#include <compare>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "telemetry/log_filter_pattern.h"
#include "telemetry/log_stream.h"

namespace sagebrush::telemetry {

// The place of an event among those of several streams.
struct LogSearchPosition {
  std::int64_t time = 0;
  std::string stream;
  std::uint64_t offset = 0;
  auto operator<=>(const LogSearchPosition&) const = default;
};

struct LogSearch {
  std::vector<std::shared_ptr<LogStream>> streams;
  const LogFilterPattern& pattern;
  std::int64_t time_from = 0;
  std::int64_t time_until = INT64_MAX;     // Exclusive.
  std::optional<LogSearchPosition> after;  // Where an earlier call ended.
  std::size_t events_max = 10'000;
  std::size_t bytes_max = 1 << 20;
  std::size_t looked_at_max = 200'000;  // Events that one call reads, so that it ends soon.
};

struct LogSearchResult {
  struct Found {
    std::string stream;
    LogLine line;
  };
  std::vector<Found> events;               // In order of time; those of one stream in its order.
  std::optional<LogSearchPosition> after;  // Set when there may be more.
};

// The events of all the streams that match, merged.
LogSearchResult SearchLogs(const LogSearch& search);

}  // namespace sagebrush::telemetry
