#pragma once

#include "base/clock.h"
#include "store/store.h"
#include "telemetry/prices.h"
#include "wire/call.h"

namespace sagebrush::telemetry {

// What was and is being spent (service "sagebrush", wire/models): GetCostReport, for the caller's account in all
// regions. The arguments must outlive the table.
void AddCostOperations(wire::OperationTable& table, const store::Reader& store, const PriceTable& prices,
                       const Clock& clock);

}  // namespace sagebrush::telemetry
