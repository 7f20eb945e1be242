#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "wire/call_listener.h"

namespace sagebrush::audit {

// What CloudTrail calls data events: what is done to objects and models rather than to the resources that hold them.
bool IsDataEvent(const wire::Operation& operation);
bool IsDataEvent(const wire::CallOutcome& outcome);
bool IsReadOnly(std::string_view operation);

// Appends the event as one line of JSON, in the shape of a CloudTrail record, with its newline. Left out are blobs (the
// bodies of requests), what the service model marks as sensitive, and members whose names are those of secrets; what is
// longer than kParametersMax is left out whole and said to be.
void AppendEventLine(const wire::CallOutcome& outcome, Time now, std::string& out);
inline constexpr std::size_t kParametersMax = 100 * 1024;

// An event of the trail's own ("AuditEventsLost"): `count` of what `name` says since the last one.
void AppendTrailEvent(std::string_view name, std::uint64_t count, Time now, std::string& out);

}  // namespace sagebrush::audit
