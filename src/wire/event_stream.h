#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sagebrush::wire {

// The content type of a body that is a sequence of messages, each an event or the exception that ends them
// (smithy.io/2.0/aws/amazon-eventstream.html).
inline constexpr std::string_view kEventStreamType = "application/vnd.amazon.eventstream";

using EventHeaders = std::vector<std::pair<std::string_view, std::string_view>>;

// One message with string headers, whose values have at most 32767 bytes, and a payload of at most 16 MiB.
std::string EventMessage(const EventHeaders& headers, std::string_view payload);

// An event of that name in the stream's shape, whose payload is the member that the model marks as such.
std::string PayloadEvent(std::string_view event, std::string_view payload);
// An exception of that name in the stream's shape; `document`: its members as JSON.
std::string ExceptionEvent(std::string_view exception, std::string_view document);

}  // namespace sagebrush::wire
