#include "server/nouns_page.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "sagemaker/noun_survey.h"
#include "sagemaker/registry.h"

namespace sagebrush::server {
namespace {

using sagemaker::Noun;
using sagemaker::NounSurvey;

const Noun* Built(const std::string& name) {
  const auto found = std::ranges::find(sagemaker::Nouns(), name, &Noun::name);
  return found == sagemaker::Nouns().end() ? nullptr : *found;
}

std::string Rows(const std::vector<std::pair<std::string, std::string>>& asked) {
  std::vector<std::string> rows;
  for (const auto& [member, by] : asked) rows.push_back(fmt::format("{} ({})", member, by.empty() ? "NOTHING" : by));
  return fmt::format("{}", fmt::join(rows, ", "));
}

// The features of Noun that the description needs beyond names, verbs and tables of members.
std::string Features(const NounSurvey& noun) {
  std::vector<std::string> features;
  if (noun.key.size() > 1) features.emplace_back("key of several members");
  if (noun.key_is_made) features.emplace_back("make_name or find_name");
  if (!noun.token_member.empty()) features.push_back("token " + noun.token_member);
  if (!noun.role_member.empty()) features.push_back("role " + noun.role_member);
  if (!noun.state_member.empty()) features.push_back("states in " + noun.state_member);
  if (!noun.has_tags) features.emplace_back("no tags");
  return fmt::format("{}", fmt::join(features, ", "));
}

std::string StateOf(const NounSurvey& noun) {
  if (Built(noun.name) != nullptr) return "built";
  return sagemaker::ListOfAll(noun.name) != nullptr ? "List only, empty" : "no";
}

}  // namespace

std::string NounsPage() {
  const std::vector<NounSurvey> nouns = sagemaker::SurveyNouns();
  std::string page = fmt::format(
      "<!-- Written by `sagebrush operations --nouns`; a contract test compares. -->\n# The nouns of SageMaker\n\n"
      "Each of the {} nouns that have a Create, as the service model has them, and what its description "
      "(`src/sagemaker/noun.h`)\nneeds: read by a program (`noun_survey.cc`), for the shape must express all of them. "
      "Filters and orders are those beyond what all\nlists know (names, times, status), with what of `Filter` "
      "expresses them. {} are built; of the others List answers an empty page,\nand every other operation that it is "
      "unknown.\n\n"
      "| noun | here | verbs | key | Create's members | features | filters of its own | orders of its own "
      "|\n|---|---|---|---|---|---|---|---|\n",
      nouns.size(), std::ranges::count_if(nouns, [](const auto& noun) { return Built(noun.name) != nullptr; }));
  for (const NounSurvey& noun : nouns) {
    page += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", noun.name, StateOf(noun),
                        fmt::join(noun.verbs, ", "), fmt::join(noun.key, ", "), noun.input_members, Features(noun),
                        Rows(noun.filters), Rows(noun.orders));
  }
  return page;
}

}  // namespace sagebrush::server
