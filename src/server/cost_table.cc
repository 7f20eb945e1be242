#include "server/cost_table.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/arn.h"
#include "base/clock.h"

namespace sagebrush::server {
namespace {

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

double NumberOf(const Json& document, std::string_view member) {
  const Json* const value = Find(document, member);
  return value == nullptr ? 0 : value->to_number<double>();
}

std::string Money(const Json& line, std::string_view member, std::string_view otherwise) {
  return Find(line, member) == nullptr ? std::string(otherwise) : fmt::format("{:.4f}", NumberOf(line, member));
}

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

std::vector<std::string> RowOf(const Json& line) {
  const std::int64_t running = GetInt(line, "RunningInstances");
  return {ShortName(GetString(line, "Arn")),
          GetString(line, "Use"),
          GetString(line, "InstanceType"),
          running > 0 ? fmt::format("running ({})", running) : "ended",
          ToIso8601(Time::FromEpochSeconds(NumberOf(line, "Started"))),
          Duration(NumberOf(line, "Hours")),
          Money(line, "PerHour", "-"),
          Money(line, "Amount", "no price")};
}

std::string Totals(const Json& report) {
  const double per_hour = NumberOf(report, "RunningPerHour");
  std::string text = fmt::format("\nTotal {} {:.4f}", GetString(report, "Currency"), NumberOf(report, "Total"));
  text += per_hour > 0 ? fmt::format("; what runs now costs {:.4f} an hour until it is deleted or ends.\n", per_hour)
                       : "; nothing that costs runs now.\n";
  std::set<std::string> unpriced;
  for (const Json& line : report.at("Lines").as_array()) {
    if (Find(line, "PerHour") == nullptr) unpriced.insert(GetString(line, "InstanceType"));
  }
  if (!unpriced.empty()) {
    text += fmt::format("Without a price, and not in the total: {}. Add them to prices.json in the data directory.\n",
                        fmt::join(unpriced, ", "));
  }
  return text;
}

}  // namespace

std::string CostTable(const Json& report) {
  std::vector<const Json*> lines;
  for (const Json& line : report.at("Lines").as_array()) lines.push_back(&line);
  if (lines.empty()) return "Nothing has run yet: nothing was spent.\n";
  const auto rank = [](const Json* line) {
    return std::tuple(GetInt(*line, "RunningInstances") == 0, -NumberOf(*line, "Started"), GetString(*line, "Arn"));
  };
  std::ranges::sort(lines, {}, rank);
  std::vector<std::vector<std::string>> rows{
      {"RESOURCE", "USE", "INSTANCE", "STATE", "SINCE", "USED", "PER HOUR", GetString(report, "Currency")}};
  for (const Json* line : lines) rows.push_back(RowOf(*line));
  return Align(rows, {5, 6, 7}) + Totals(report);
}

}  // namespace sagebrush::server
