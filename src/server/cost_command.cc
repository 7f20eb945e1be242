#include <CLI/CLI.hpp>
#include <cstdio>

#include "server/command.h"
#include "store/sqlite_store.h"
#include "telemetry/cost_report.h"
#include "telemetry/prices.h"

namespace sagebrush::server {

void AddCostCommand(CLI::App& program, int&) {
  struct Options {
    Path data;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("cost", "List what was and is being spent, at the prices in DATA/prices.json");
  AddDataOption(*command, options->data);
  command->add_flag("--json", options->json, "As JSON");
  command->callback([options] {
    RequireData(options->data);
    const auto store = store::OpenReadOnly(options->data);
    const telemetry::PriceTable prices(options->data / "prices.json");
    const auto report = telemetry::MakeCostReport(*store, prices, SystemClock().Now());
    const std::string text = options->json ? ToText(telemetry::ToJson(report)) + "\n" : telemetry::ToTable(report);
    std::fputs(text.c_str(), stdout);
  });
}

}  // namespace sagebrush::server
