#include "audit/trail_operations.h"

#include <algorithm>

#include "audit/event_search.h"
#include "audit/trail_errors.h"

namespace sagebrush::audit {
namespace {

std::optional<Time> TimeIn(const Json& input, const char* member) {
  if (Find(input, member) == nullptr) return std::nullopt;
  return Time{static_cast<std::int64_t>(GetDouble(input, member) * 1000)};
}

EventQuery ReadQuery(const Json& input) {
  EventQuery query;
  if (Find(input, "EventCategory") != nullptr) {
    throw Error(kInvalidCategory, "Insights events are not made by this server: leave EventCategory out.");
  }
  if (const Json* const attributes = Find(input, "LookupAttributes"); attributes != nullptr) {
    const JsonArray& list = attributes->as_array();
    if (list.size() > 1) throw Error(kInvalidAttributes, "LookupAttributes has one attribute at most.");
    if (!list.empty()) {
      query.key = GetString(list[0], "AttributeKey");
      query.value = GetString(list[0], "AttributeValue");
    }
  }
  query.start = TimeIn(input, "StartTime");
  query.end = TimeIn(input, "EndTime");
  if (query.start && query.end && *query.end < *query.start) {
    throw Error(kInvalidTimeRange, "StartTime is after EndTime.");
  }
  query.limit = static_cast<std::size_t>(GetInt(input, "MaxResults", 50));
  query.page_token = GetString(input, "NextToken");
  return query;
}

Json LookupEvents(AuditLog& log, const wire::Call& call) {
  const EventQuery query = ReadQuery(call.input);
  log.Flush();
  EventPage page = FindEvents(log, query);
  JsonObject out{
      {"Events", JsonArray(std::make_move_iterator(page.events.begin()), std::make_move_iterator(page.events.end()))}};
  if (!page.next_token.empty()) out["NextToken"] = page.next_token;
  return out;
}

}  // namespace

void AddTrailOperations(wire::OperationTable& table, AuditLog& log) {
  table.Add("cloudtrail", "LookupEvents",
            {[&log](wire::Call& call) { return LookupEvents(log, call); },
             [](const wire::Call&) {
               return std::vector<wire::Access>{
                   {.action = "cloudtrail:LookupEvents", .resource = "*", .context = {}, .resource_policy = nullptr}};
             }});
}

}  // namespace sagebrush::audit
