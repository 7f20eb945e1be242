#include "telemetry/cost_operations.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/error.h"
#include "telemetry/cost_report.h"

namespace sagebrush::telemetry {
namespace {

constexpr std::int64_t kLinesMax = 1000;

// What orders the lines; a page ends behind one.
using Position = std::array<std::string, 3>;
Position PositionOf(const CostLine& line) { return {line.arn, line.use, line.instance_type}; }

std::string Seal(const Position& position) {
  return ToBase64(ToText(JsonArray{Json(position[0]), Json(position[1]), Json(position[2])}));
}

// Anybody can write a token: it only says from where to go on.
Position Open(const std::string& token) {
  const auto read = [&]() -> Json {
    std::string text;
    if (!FromBase64(token, text)) return nullptr;
    try {
      return ParseJson(text);
    } catch (const Error&) {
      return nullptr;
    }
  };
  const Json json = read();
  const auto is_text = [](const Json& value) { return value.is_string(); };
  if (!json.is_array() || json.get_array().size() != 3 || !std::ranges::all_of(json.get_array(), is_text)) {
    throw Error(kValidation, "The NextToken is not one that GetCostReport gave.");
  }
  const JsonArray& texts = json.get_array();
  return {std::string(texts[0].get_string()), std::string(texts[1].get_string()), std::string(texts[2].get_string())};
}

Json ToDocument(const CostLine& line) {
  JsonObject out{{"Arn", line.arn},
                 {"Region", line.region},
                 {"Use", line.use},
                 {"InstanceType", line.instance_type},
                 {"Started", line.started.ToEpochSeconds()},
                 {"RunningInstances", line.running},
                 {"Hours", line.hours}};
  if (line.rate) out["PerHour"] = *line.rate;
  if (line.amount) out["Amount"] = *line.amount;
  return out;
}

// The totals are of all lines, on whatever page.
Json GetCostReport(const store::Reader& store, const PriceTable& prices, Time now, const wire::Call& call) {
  const CostReport report = MakeCostReport(store, prices, call.account(), now);
  auto line = report.lines.begin();
  if (const std::string token = GetString(call.input, "NextToken"); !token.empty()) {
    line = std::ranges::upper_bound(report.lines, Open(token), {}, PositionOf);
  }
  const std::int64_t count = GetInt(call.input, "MaxResults", kLinesMax);
  JsonArray lines;
  for (; line != report.lines.end() && std::ssize(lines) < count; ++line) lines.push_back(ToDocument(*line));
  JsonObject out{{"Made", report.made.ToEpochSeconds()},
                 {"Currency", report.currency},
                 {"Lines", std::move(lines)},
                 {"Total", report.total},
                 {"RunningPerHour", report.running_per_hour}};
  if (line != report.lines.end()) out["NextToken"] = Seal(PositionOf(*std::prev(line)));
  return out;
}

}  // namespace

void AddCostOperations(wire::OperationTable& table, const store::Reader& store, const PriceTable& prices,
                       const Clock& clock) {
  table.Add("sagebrush", "GetCostReport",
            {.handler = [&](wire::Call& call) { return GetCostReport(store, prices, clock.Now(), call); },
             .access = [](const wire::Call&) -> std::vector<wire::Access> {
               return {{"sagebrush:GetCostReport", "*", {}, nullptr}};
             },
             .runs_on = wire::RunsOn::kPool});
}

}  // namespace sagebrush::telemetry
