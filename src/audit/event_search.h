#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/audit_log.h"
#include "base/clock.h"
#include "base/json.h"

namespace sagebrush::audit {

// Which events of the trail: those of which everything here holds.
struct EventQuery {
  std::string key;  // "EventName", "Username", ... (LookupAttributeKey); empty: any.
  std::string value;
  std::optional<Time> start, end;  // Both included.
  std::size_t limit = 50;
  std::string page_token;  // As a page gave it.
};

struct EventPage {
  std::vector<Json> events;  // In LookupEvents' form, newest first.
  std::string next_token;    // Empty: that was all. A page may be short, or empty, and have one.
};

// Reads management events out of a trail's files. Looks through kScanMax bytes a call at most, and goes on from there
// with the next. Safe to call from any thread. Throws Error(kInvalidNextToken).
EventPage FindEvents(const AuditLog& log, const EventQuery& query);
inline constexpr std::size_t kScanMax = 64 << 20;

// An event as LookupEvents shows it, of the JSON of its line.
Json EventView(const Json& event, std::string line);

}  // namespace sagebrush::audit
