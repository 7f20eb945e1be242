#include "telemetry/cost_report.h"

#include <map>
#include <tuple>

#include "telemetry/meter.h"

namespace sagebrush::telemetry {
namespace {

void AddRecord(const UsageRecord& record, Time now, CostLine& line) {
  if (line.hours == 0 || record.FirstStarted() < line.started) line.started = record.FirstStarted();
  line.hours += static_cast<double>(record.InstanceSeconds(now)) / 3600.0;
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
