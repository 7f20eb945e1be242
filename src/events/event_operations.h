#pragma once

#include <span>
#include <string_view>

#include "events/outbox_store.h"
#include "wire/call.h"

namespace sagebrush::events {

// EventBridge: rules of the default bus, their targets, and events of one's own (service "events"). All arguments
// outlive the table.
void AddEventsOperations(wire::OperationTable& table, OutboxStore& store, const Clock& clock);

// The condition keys of EventBridge that are set.
std::span<const std::string_view> EventKeys();

}  // namespace sagebrush::events
