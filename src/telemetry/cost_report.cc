#include "telemetry/cost_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "base/arn.h"
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

std::string ShortName(const std::string& arn) {
  const auto parsed = Arn::Parse(arn);
  return parsed ? parsed->resource : arn;
}

// 1.234 h and 12 s both stay readable.
std::string Duration(double hours) {
  const double seconds = hours * 3600;
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.1f} min", seconds / 60);
  return fmt::format("{:.2f} h", hours);
}

std::string Amount(const std::optional<double>& amount) { return amount ? fmt::format("{:.4f}", *amount) : "no price"; }

Json OrNull(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

// Columns as wide as their widest cell; numbers to the right.
std::string Align(const std::vector<std::vector<std::string>>& rows, const std::set<std::size_t>& to_the_right) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += to_the_right.contains(i) ? fmt::format("{:>{}}  ", row[i], widths[i])
                                       : fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string Totals(const CostReport& report) {
  std::string text = fmt::format("\nTotal {} {:.4f}", report.currency, report.total);
  text +=
      report.running_per_hour > 0
          ? fmt::format("; what runs now costs {:.4f} an hour until it is deleted or ends.\n", report.running_per_hour)
          : "; nothing that costs runs now.\n";
  if (report.by_account.size() > 1) {
    for (const auto& [account, amount] : report.by_account)
      text += fmt::format("  account {}: {:.4f}\n", account, amount);
  }
  std::set<std::string> unpriced;
  for (const CostLine& line : report.lines) {
    if (!line.rate) unpriced.insert(line.instance_type);
  }
  if (!unpriced.empty()) {
    text += fmt::format("Without a price, and not in the total: {}. Add them to prices.json in the data directory.\n",
                        fmt::join(unpriced, ", "));
  }
  return text;
}

}  // namespace

CostReport MakeCostReport(const store::Reader& store, const PriceTable& prices, Time now) {
  std::map<std::tuple<std::string, std::string, std::string, std::string>, CostLine> lines;
  for (const UsageRecord& record : Meter::Records(store)) {
    const Usage& usage = record.usage;
    CostLine& line = lines[{usage.account, usage.arn, usage.use, usage.instance_type}];
    AddRecord(record, now, line);
    line.account = usage.account;
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
      report.by_account[line.account] += *line.amount;
      report.running_per_hour += static_cast<double>(line.running) * *line.rate;
    }
    report.lines.push_back(std::move(line));
  }
  std::sort(report.lines.begin(), report.lines.end(), [](const CostLine& a, const CostLine& b) {
    return std::tuple(a.running == 0, b.started, a.arn, a.instance_type) <
           std::tuple(b.running == 0, a.started, b.arn, b.instance_type);
  });
  return report;
}

std::string ToTable(const CostReport& report) {
  if (report.lines.empty()) return "Nothing has run yet: nothing was spent.\n";
  std::vector<std::vector<std::string>> rows{
      {"RESOURCE", "USE", "INSTANCE", "STATE", "SINCE", "USED", "PER HOUR", report.currency}};
  for (const CostLine& line : report.lines) {
    rows.push_back({ShortName(line.arn), line.use, line.instance_type,
                    line.running > 0 ? fmt::format("running ({})", line.running) : "ended", ToIso8601(line.started),
                    Duration(line.hours), line.rate ? fmt::format("{:.4f}", *line.rate) : "-", Amount(line.amount)});
  }
  return Align(rows, {5, 6, 7}) + Totals(report);
}

Json ToJson(const CostReport& report) {
  JsonArray lines;
  for (const CostLine& line : report.lines) {
    lines.push_back(JsonObject{{"Account", line.account},
                               {"Region", line.region},
                               {"Arn", line.arn},
                               {"Use", line.use},
                               {"InstanceType", line.instance_type},
                               {"Started", ToIso8601(line.started)},
                               {"RunningInstances", line.running},
                               {"Hours", line.hours},
                               {"PerHour", OrNull(line.rate)},
                               {"Amount", OrNull(line.amount)}});
  }
  JsonObject by_account;
  for (const auto& [account, amount] : report.by_account) by_account[account] = amount;
  return JsonObject{{"Made", ToIso8601(report.made)}, {"Currency", report.currency},
                    {"Lines", std::move(lines)},      {"ByAccount", std::move(by_account)},
                    {"Total", report.total},          {"RunningPerHour", report.running_per_hour}};
}

}  // namespace sagebrush::telemetry
