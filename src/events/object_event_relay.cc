#include "events/object_event_relay.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "base/arn.h"
#include "base/error.h"
#include "base/log.h"
#include "events/event.h"

namespace sagebrush::events {
namespace {

constexpr std::chrono::milliseconds kRoomInterval{50};  // How often it is looked whether there is room again.
constexpr std::chrono::seconds kRetryInterval{1};       // After a failure.

void Rest(const std::stop_token& stop, std::chrono::milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, stop, time, [] { return false; });
}

Json DocumentOf(objects::ObjectEvent&& event) {
  // Of one key they compare as text. As S3 has it, what says something of an object only has none.
  if (event.type == objects::kObjectCreated || event.type == objects::kObjectDeleted) {
    event.detail["object"].as_object()["sequencer"] = fmt::format("{:018X}", event.sequence);
  }
  const Arn bucket{.service = "s3", .resource = event.bucket};
  return DocumentOf(Event{.account = std::move(event.account),
                          .region = std::move(event.region),
                          .source = "aws.s3",
                          .detail_type = std::move(event.type),
                          .resources = {bucket.ToString()},
                          .detail = std::move(event.detail),
                          .time = event.time,
                          .id = std::move(event.id)});
}

}  // namespace

bool ObjectEventRelay::Step() {
  if (deliveries_.Waiting() >= kWaitingMax) return false;
  std::vector<objects::ObjectEvent> events = events_.Oldest(kAtOnce);
  if (events.empty()) return false;
  const std::int64_t last = events.back().sequence;
  std::map<std::pair<std::string, std::string>, std::vector<Json>> places;
  for (objects::ObjectEvent& event : events) {
    std::vector<Json>& documents = places[{event.account, event.region}];
    documents.push_back(DocumentOf(std::move(event)));
  }
  for (const auto& [place, documents] : places) deliveries_.Put(place.first, place.second, documents);
  events_.Forget(last);
  return true;
}

void ObjectEventRelay::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {
      while (!stop.stop_requested() && Step()) {
      }
      if (deliveries_.Waiting() >= kWaitingMax) {
        Rest(stop, kRoomInterval);
      } else {
        events_.Wait(stop);
      }
    } catch (const Error& error) {
      LogError("Events of objects wait to be told: {}", error.what());
      Rest(stop, kRetryInterval);
    }
  }
}

}  // namespace sagebrush::events
