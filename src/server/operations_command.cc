#include <CLI/CLI.hpp>
#include <cstdio>

#include <fmt/ranges.h>

#include "base/json.h"
#include "sagemaker/registry.h"
#include "server/command.h"
#include "server/server.h"
#include "wire/call.h"
#include "wire/model.h"

namespace sagebrush::server {
namespace {

JsonObject BuiltOperations(const wire::OperationTable& table) {
  JsonObject services;
  for (const auto& [service, operations] : table.entries()) {
    JsonArray names;
    for (const auto& [name, entry] : operations) names.emplace_back(name);
    services[service] = std::move(names);
  }
  return services;
}

// docs/compatibility.md
void PrintPage(const wire::OperationTable& table) {
  std::printf(
      "<!-- Written by `sagebrush operations`; a contract test compares. -->\n# What is built\n\n"
      "Every other operation of these services answers `UnknownOperationException`.\n\n"
      "| service | built | of | operations |\n|---|---|---|---|\n");
  for (const auto& [name, operations] : table.entries()) {
    std::vector<std::string_view> names;
    for (const auto& [operation, entry] : operations) names.push_back(operation);
    std::printf("| %s | %zu | %zu | %s |\n", name.c_str(), names.size(), wire::FindService(name)->operations.size(),
                fmt::format("{}", fmt::join(names, ", ")).c_str());
  }
  std::printf(
      "\n## Members of Create requests that are refused\n\nGiven with an effect to ask for, the request is refused "
      "with "
      "the reason. What else cannot be done is refused too, with a message of its own.\n\n| resource | member | reason "
      "|\n|---|---|---|\n");
  for (const sagemaker::Noun* noun : sagemaker::Nouns()) {
    for (const auto& [member, reason] : noun->refused) {
      std::printf("| %s | `%s` | %s |\n", noun->name.c_str(), member.c_str(), reason.c_str());
    }
  }
}

}  // namespace

void AddOperationsCommand(CLI::App& program, int&) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = program.add_subcommand("operations", "List the operations that are built, as a page of Markdown");
  command->add_flag("--json", *json, "As one JSON object: a list of names for each service");
  command->callback([json] {
    const TemporaryDirectory data;
    const Server server({.data = data.path()});  // Never started: it only has to know them.
    if (*json) {
      std::printf("%s\n", ToText(BuiltOperations(server.Operations())).c_str());
    } else {
      PrintPage(server.Operations());
    }
  });
}

}  // namespace sagebrush::server
