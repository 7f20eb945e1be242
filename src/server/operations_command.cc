#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include <fmt/ranges.h>

#include "base/json.h"
#include "sagemaker/input_members.h"
#include "sagemaker/noun_survey.h"
#include "sagemaker/registry.h"
#include "server/command.h"
#include "server/nouns_page.h"
#include "server/server.h"
#include "wire/call.h"
#include "wire/model.h"

namespace sagebrush::server {
namespace {

// The List of a noun that is not built: it answers, and yet nothing can be made that it would list.
bool IsEmptyList(const std::string& service, const std::string& operation) {
  if (service != "sagemaker") return false;
  return std::ranges::any_of(sagemaker::EmptyNouns(),
                             [&](const auto& noun) { return sagemaker::ListOfAll(noun)->name == operation; });
}

std::vector<std::string> Names(const std::string& service, const auto& operations, bool empty) {
  std::vector<std::string> names;
  for (const auto& [name, entry] : operations) {
    if (IsEmptyList(service, name) == empty) names.push_back(name);
  }
  return names;
}

// An operation that is there and says why not: it checks who asks, and refuses.
bool RefusesAll(const wire::OperationTable& table, const std::string& service, const std::string& operation) {
  return !table.Reason(service, operation).empty();
}

void PrintRefusing(const wire::OperationTable& table) {
  std::printf(
      "\n## Operations that refuse everything\n\nThey answer `NotImplemented` with the reason. What reads, lists and "
      "deletes what they would put answers that there is none.\n\n| service | operation | reason |\n|---|---|---|\n");
  for (const auto& [service, operations] : table.entries()) {
    for (const auto& [name, entry] : operations) {
      if (!RefusesAll(table, service, name)) continue;
      std::printf("| %s | %s | %s |\n", service.c_str(), name.c_str(),
                  std::string(table.Reason(service, name)).c_str());
    }
  }
}

JsonObject OperationsOf(const wire::OperationTable& table, bool empty) {
  JsonObject services;
  for (const auto& [service, operations] : table.entries()) {
    JsonArray names;
    for (const std::string& name : Names(service, operations, empty)) names.emplace_back(name);
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
    std::vector<std::string> names = Names(name, operations, false);
    std::erase_if(names, [&, &service = name](const auto& operation) { return RefusesAll(table, service, operation); });
    std::printf("| %s | %zu | %zu | %s |\n", name.c_str(), names.size(), wire::FindService(name)->operations.size(),
                fmt::format("{}", fmt::join(names, ", ")).c_str());
  }
  const auto empty = Names("sagemaker", table.entries().at("sagemaker"), true);
  std::printf(
      "\n## Lists that are empty\n\nOf what is not built there is none: these answer an empty page, for programs that "
      "look through all that\nthere may be. Nothing else of these resources is built ([nouns.md](nouns.md)).\n\n%s\n",
      fmt::format("{}", fmt::join(empty, ", ")).c_str());
  PrintRefusing(table);
  std::printf(
      "\n## Members of Create requests that are refused\n\nGiven with an effect to ask for, the request is refused "
      "with "
      "the reason. What else cannot be done is refused too, with a message of its own.\n\n| resource | member | reason "
      "|\n|---|---|---|\n");
  for (const sagemaker::Noun* noun : sagemaker::Nouns()) {
    for (const auto& [member, reason] : noun->refused) {
      std::printf("| %s | `%s` | %s |\n", noun->name.c_str(), member.c_str(), reason.c_str());
    }
    for (const std::string& member : noun->volume_keys) {
      std::printf("| %s | `%s` | %s |\n", noun->name.c_str(), member.c_str(), sagemaker::kVolumeKeyReason.data());
    }
  }
}

}  // namespace

void AddOperationsCommand(CLI::App& program, int&) {
  struct Options {
    bool json = false, empty = false, nouns = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("operations", "List the operations that are built, as a page of Markdown");
  command->add_flag("--json", options->json, "As one JSON object: a list of names for each service");
  command->add_flag("--empty", options->empty,
                    "With --json: the lists that are empty, for what they list is not built");
  command->add_flag("--nouns", options->nouns, "The page of SageMaker's nouns instead");
  command->callback([options] {
    if (options->nouns) {
      std::fputs(NounsPage().c_str(), stdout);
      return;
    }
    const TemporaryDirectory data;
    const Server server({.data = data.path()});  // Never started: it only has to know them.
    if (options->json) {
      std::printf("%s\n", ToText(OperationsOf(server.Operations(), options->empty)).c_str());
    } else {
      PrintPage(server.Operations());
    }
  });
}

}  // namespace sagebrush::server
