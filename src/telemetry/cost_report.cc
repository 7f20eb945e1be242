#include "telemetry/cost_report.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "telemetry/meter.h"

namespace sagebrush::telemetry {
namespace {

// Whole seconds begun, in hours.
double HoursOf(const UsageRecord& record, Time now) {
  const std::int64_t milliseconds = (record.ended.value_or(now) - record.started).count();
  const std::int64_t seconds = std::max<std::int64_t>(0, (milliseconds + 999) / 1000);
  return static_cast<double>(seconds * record.usage.count) / 3600.0;
}

void AddRecord(const UsageRecord& record, Time now, CostLine& line) {
  if (line.hours == 0 || record.started < line.started) line.started = record.started;
  line.hours += HoursOf(record, now);
  if (!record.ended) line.running += record.usage.count;
}

}  // namespace

CostReport MakeCostReport(const store::Reader& store, const PriceTable& prices, const std::string& account, Time now) {
  std::map<std::tuple<std::string, std::string, std::string>, CostLine> lines;
  for (const UsageRecord& record : Meter::Records(store)) {
    const Usage& usage = record.usage;
    if (usage.account != account) continue;
    CostLine& line = lines[{usage.arn, usage.use, usage.instance_type}];
    AddRecord(record, now, line);
    line.region = usage.region;
    line.arn = usage.arn;
    line.use = usage.use;
    line.instance_type = usage.instance_type;
  }
  CostReport report{.made = now, .currency = prices.Currency()};
  for (auto& [key, line] : lines) {
    line.rate = prices.Hourly(line.instance_type, line.use);
    if (line.rate) {
      line.amount = line.hours * *line.rate;
      report.total += *line.amount;
      report.running_per_hour += static_cast<double>(line.running) * *line.rate;
    }
    report.lines.push_back(std::move(line));
  }
  return report;
}

}  // namespace sagebrush::telemetry
