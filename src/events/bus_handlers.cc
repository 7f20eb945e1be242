#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "events/event.h"
#include "events/event_errors.h"
#include "events/event_handlers.h"
#include "events/rule.h"

namespace sagebrush::events {
namespace {

constexpr std::size_t kRequestBytesMax = 256 << 10;
constexpr std::size_t kTimeBytes = 14;

// As EventBridge counts them.
std::size_t BytesOf(const Json& entry) {
  std::size_t bytes = Find(entry, "Time") == nullptr ? 0 : kTimeBytes;
  for (const char* member : {"Source", "DetailType", "Detail"}) bytes += GetString(entry, member).size();
  if (const Json* const resources = Find(entry, "Resources")) {
    for (const Json& resource : resources->as_array()) bytes += resource.as_string().size();
  }
  return bytes;
}

struct EntryError {
  std::string code;
  std::string message;
};

// What is wrong with an entry; nullopt: nothing. `detail` is what its Detail holds.
std::optional<EntryError> WrongWith(const wire::Call& call, const Json& entry, JsonObject& detail) {
  for (const char* member : {"Source", "DetailType", "Detail"}) {
    if (!GetString(entry, member).empty()) continue;
    return EntryError{"InvalidArgument",
                      fmt::format("Parameter {} is not valid. Reason: {} is a required argument.", member, member)};
  }
  if (GetString(entry, "Source").starts_with("aws.")) {
    return EntryError{"NotAuthorizedForSourceException", "Not authorized for the source."};
  }
  if (Find(entry, "TraceHeader") != nullptr) {
    return EntryError{"InvalidArgument", "Parameter TraceHeader is refused: there is no X-Ray in this server."};
  }
  const std::string bus = GetString(entry, "EventBusName", kDefaultBus);
  if (bus != kDefaultBus && bus != DefaultBusArn(call.account(), call.region)) {
    return EntryError{"ResourceNotFoundException", fmt::format("Event bus {} does not exist.", bus)};
  }
  try {
    const Json given = ParseJson(GetString(entry, "Detail"));
    if (!given.is_object()) return EntryError{"MalformedDetail", "Detail is malformed."};
    detail = given.get_object();
  } catch (const Error&) {
    return EntryError{"MalformedDetail", "Detail is malformed."};
  }
  return std::nullopt;
}

Json Read(const wire::Call& call, const Json& entry, JsonObject detail, Time now) {
  Event event{.account = call.account(),
              .region = call.region,
              .source = GetString(entry, "Source"),
              .detail_type = GetString(entry, "DetailType"),
              .detail = std::move(detail),
              .time = now};
  if (const Json* const time = Find(entry, "Time")) event.time = Time::FromEpochSeconds(time->to_number<double>());
  if (const Json* const resources = Find(entry, "Resources")) {
    for (const Json& resource : resources->as_array()) event.resources.emplace_back(resource.as_string());
  }
  return DocumentOf(event);
}

JsonObject DescribeBus(const wire::Call& call) {
  return {{"Name", kDefaultBus}, {"Arn", DefaultBusArn(call.account(), call.region)}};
}

}  // namespace

Json PutEvents(const EventsContext& context, wire::Call& call) {
  if (Find(call.input, "EndpointId") != nullptr) {
    throw Error(kValidation, "The parameter EndpointId is refused: global endpoints are not built in this server.");
  }
  std::size_t bytes = 0, failures = 0;
  std::vector<Json> events;
  JsonArray answers;
  for (const Json& entry : call.input.at("Entries").as_array()) {
    bytes += BytesOf(entry);
    JsonObject detail;
    if (const auto wrong = WrongWith(call, entry, detail)) {
      ++failures;
      answers.push_back({{"ErrorCode", wrong->code}, {"ErrorMessage", wrong->message}});
      continue;
    }
    events.push_back(Read(call, entry, std::move(detail), context.clock.Now()));
    answers.push_back({{"EventId", events.back().at("id")}});
  }
  if (bytes > kRequestBytesMax) throw Error(kValidation, "Total size of the entries in the request is over the limit.");
  context.store.Put(call.account(), call.region, events);
  return {{"FailedEntryCount", failures}, {"Entries", std::move(answers)}};
}

Json DescribeEventBus(const EventsContext&, wire::Call& call) {
  const std::string name = GetString(call.input, "Name", kDefaultBus);
  if (name != kDefaultBus && name != DefaultBusArn(call.account(), call.region)) {
    throw Error(kEventsNotFound, fmt::format("Event bus {} does not exist.", name));
  }
  return DescribeBus(call);
}

// There is the default bus only, so there is no second page.
Json ListEventBuses(const EventsContext&, wire::Call& call) {
  if (Find(call.input, "NextToken") != nullptr) {
    throw Error(kValidation, "The NextToken is not one that this operation gave.");
  }
  JsonArray buses;
  if (std::string_view(kDefaultBus).starts_with(GetString(call.input, "NamePrefix")))
    buses.push_back(DescribeBus(call));
  return {{"EventBuses", std::move(buses)}};
}

}  // namespace sagebrush::events
