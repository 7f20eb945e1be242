#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/clock.h"
#include "server/api_client.h"
#include "server/command.h"
#include "server/cost_table.h"

namespace sagebrush::server {
namespace {

// All pages as one document. The totals are those of the last page: the newest.
Json WholeReport(const ApiClient& api) {
  JsonArray lines;
  JsonObject input;
  for (;;) {
    Json page = api.Call("sagebrush", "GetCostReport", input);
    for (Json& line : page.at("Lines").as_array()) lines.push_back(std::move(line));
    const std::string next = GetString(page, "NextToken");
    if (next.empty()) {
      page.as_object()["Lines"] = std::move(lines);
      return page;
    }
    input["NextToken"] = next;
  }
}

void ToReadableTime(JsonObject& document, std::string_view member) {
  Json& time = document[member];
  time = ToIso8601(Time::FromEpochSeconds(time.to_number<double>()));
}

// As the operation's output, with times as text.
std::string AsJson(Json report) {
  ToReadableTime(report.as_object(), "Made");
  for (Json& line : report.at("Lines").as_array()) ToReadableTime(line.as_object(), "Started");
  return ToText(report) + "\n";
}

}  // namespace

void AddCostCommand(CLI::App& program, int&) {
  struct Options {
    Path data;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "cost", "List what was and is being spent, at the prices in DATA/prices.json; asks the running server");
  AddDataOption(*command, options->data);
  command->add_flag("--json", options->json, "As JSON");
  command->callback([options] {
    Json report = WholeReport(ApiClient(options->data));
    const std::string text = options->json ? AsJson(std::move(report)) : CostTable(report);
    std::fputs(text.c_str(), stdout);
  });
}

}  // namespace sagebrush::server
