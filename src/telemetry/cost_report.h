#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/store.h"
#include "telemetry/prices.h"

namespace sagebrush::telemetry {

// What one resource used of one instance type.
struct CostLine {
  std::string region;
  std::string arn;
  std::string use;
  std::string instance_type;
  Time started;                // Of its first run.
  std::int64_t running = 0;    // Instances that run now; 0: all have ended.
  double hours = 0;            // Of all its instances together, whole seconds each.
  std::optional<double> rate;  // Of one instance's hour; nullopt: the table has no price.
  std::optional<double> amount;
};

struct CostReport {
  Time made;
  std::string currency;
  std::vector<CostLine> lines;  // In the order of arn, use and instance type.
  double total = 0;
  double running_per_hour = 0;  // What goes on being spent.
};

// Adds up what the meter wrote for an account and still has (Meter::Sweep); runs that go on count until `now`.
CostReport MakeCostReport(const store::Reader& store, const PriceTable& prices, const std::string& account, Time now);

}  // namespace sagebrush::telemetry
