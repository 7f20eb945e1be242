#pragma once

#include <stop_token>

#include "events/outbox_store.h"
#include "objects/object_outbox.h"

namespace sagebrush::events {

// Holds what happens to objects of buckets against the rules, in the order in which it happened: deliveries of an event
// are in the store before the event is forgotten, so targets are told of it at least once, under the same id, whoever
// is killed when. While many deliveries wait, events wait where they are: they take from nobody else's room.
class ObjectEventRelay {
 public:
  static constexpr std::size_t kAtOnce = 64;
  // Deliveries that wait beyond this are left to changes of resources, which would lose theirs.
  static constexpr std::size_t kWaitingMax = OutboxStore::kWaitingMax / 2;

  // Both outlive it.
  ObjectEventRelay(objects::ObjectOutbox& events, OutboxStore& deliveries) : events_(events), deliveries_(deliveries) {}

  // Until a stop is asked for. Used by one thread.
  void Run(const std::stop_token& stop);
  // Tells the oldest ones, as far as there is room. False: there are none, or there is no room. Throws Error of the
  // stores; then they are as before.
  bool Step();

 private:
  objects::ObjectOutbox& events_;
  OutboxStore& deliveries_;
};

}  // namespace sagebrush::events
