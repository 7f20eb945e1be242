// sagebrush-algorithms: the program that runs inside the sandbox of a job or an endpoint with a built-in algorithm.
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/documentation.h"
#include "algorithms/registry.h"
#include "algorithms/runner.h"
#include "algorithms/termination.h"

namespace {

using sagebrush::Path;
namespace algorithms = sagebrush::algorithms;

constexpr char kUsage[] =
    "usage: sagebrush-algorithms train NAME [--root DIRECTORY]   train by SageMaker's container contract (/opt/ml)\n"
    "       sagebrush-algorithms describe NAME [--json]          print the hyperparameters\n"
    "       sagebrush-algorithms list                            print the algorithms' names\n";

struct Arguments {
  std::string command;
  std::string algorithm;
  Path root = "/opt/ml";
  bool json = false;
};

// False: not understood.
bool Parse(const std::vector<std::string_view>& words, Arguments& out) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--root" && i + 1 < words.size()) {
      out.root = words[++i];
    } else if (words[i] == "--json") {
      out.json = true;
    } else if (words[i].starts_with("-")) {
      return false;
    } else if (out.command.empty()) {
      out.command = words[i];
    } else if (out.algorithm.empty()) {
      out.algorithm = words[i];
    } else {
      return false;
    }
  }
  return out.command == "list" || !out.algorithm.empty();
}

int Train(const Arguments& arguments) {
  algorithms::TerminationSignal termination;
  return algorithms::RunTraining(arguments.algorithm, arguments.root, termination.token());
}

int Describe(const Arguments& arguments) {
  const algorithms::Algorithm* algorithm = algorithms::FindAlgorithm(arguments.algorithm);
  if (algorithm == nullptr) {
    std::fprintf(stderr, "There is no algorithm '%s'; `sagebrush-algorithms list` names all.\n",
                 arguments.algorithm.c_str());
    return 2;
  }
  const std::string text = arguments.json ? sagebrush::ToText(algorithms::DescribeAsJson(*algorithm)) + "\n"
                                          : algorithms::DescribeAsMarkdown(*algorithm);
  std::fputs(text.c_str(), stdout);
  return 0;
}

int List() {
  for (const auto& algorithm : algorithms::AllAlgorithms()) {
    std::printf("%.*s\n", static_cast<int>(algorithm->name().size()), algorithm->name().data());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  if (words.size() == 1 && (words[0] == "--help" || words[0] == "-h")) {
    std::fputs(kUsage, stdout);
    return 0;
  }
  Arguments arguments;
  if (Parse(words, arguments)) {
    if (arguments.command == "train") return Train(arguments);
    if (arguments.command == "describe") return Describe(arguments);
    if (arguments.command == "list") return List();
  }
  std::fputs(kUsage, stderr);
  return 2;
}
