#include "objects/select_body.h"

#include <fmt/format.h>

#include "base/log.h"
#include "wire/event_stream.h"

namespace sagebrush::objects {
namespace {

using Kind = select::Message::Kind;

std::string Event(std::string_view name, std::string_view type = {}, std::string_view payload = {}) {
  wire::EventHeaders headers{{":message-type", "event"}, {":event-type", name}};
  if (!type.empty()) headers.emplace_back(":content-type", type);
  return wire::EventMessage(headers, payload);
}

// Stats or Progress.
std::string Counts(std::string_view name, const select::Message& message, std::uint64_t returned) {
  const Json counts = ParseJson(message.payload);
  return Event(name, "text/xml",
               fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?><{0}><BytesScanned>{1}</BytesScanned>"
                           "<BytesProcessed>{2}</BytesProcessed><BytesReturned>{3}</BytesReturned></{0}>",
                           name, GetInt(counts, "BytesScanned"), GetInt(counts, "BytesProcessed"), returned));
}

std::string Failure(const Error& error) {
  return wire::EventMessage(
      {{":message-type", "error"}, {":error-code", error.kind().code}, {":error-message", error.what()}}, "");
}

}  // namespace

void SelectBody::Next(std::string& bytes) {
  bytes.clear();
  if (!query_) return;
  try {
    const auto message = query_->Next();
    bytes = message ? EventOf(*message) : Event("Cont");
  } catch (const Error& error) {
    query_.reset();
    bytes = Failure(error);
  }
}

std::string SelectBody::EventOf(const select::Message& message) {
  switch (message.kind) {
    case Kind::kRecords:
      returned_ += message.payload.size();
      return Event("Records", "application/octet-stream", message.payload);
    case Kind::kDone:
      return End(message);
    case Kind::kFailed:
      throw select::FailureOf(message);
    default:
      return Counts("Progress", message, returned_);
  }
}

std::string SelectBody::End(const select::Message& message) {
  query_.reset();
  const std::string progress = tells_progress_ ? Counts("Progress", message, returned_) : "";
  return progress + Counts("Stats", message, returned_) + Event("End");
}

}  // namespace sagebrush::objects
