#pragma once

#include "base/clock.h"
#include "telemetry/log_store.h"
#include "wire/call.h"

namespace sagebrush::telemetry {

// CloudWatch Logs: groups, streams, events, retention and tags (service "logs"). `store` and `clock` must outlive the
// table.
void AddLogsOperations(wire::OperationTable& table, LogStore& store, const Clock& clock);

}  // namespace sagebrush::telemetry
