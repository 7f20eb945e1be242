// sagebrush-algorithms: the program that runs inside the sandbox of a job or an endpoint with a built-in algorithm.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/documentation.h"
#include "algorithms/registry.h"
#include "algorithms/runner.h"
#include "algorithms/termination.h"
#include "serving/serve.h"

namespace {

using sagebrush::Path;
namespace algorithms = sagebrush::algorithms;

constexpr char kUsage[] =
    "usage: sagebrush-algorithms train [NAME] [--root DIRECTORY]   train by SageMaker's container contract (/opt/ml)\n"
    "       sagebrush-algorithms serve [NAME] [--root DIRECTORY]   answer /ping and /invocations on port 8080\n"
    "       sagebrush-algorithms describe [NAME] [--json]          print the hyperparameters\n"
    "       sagebrush-algorithms catalogue                         print what the server must know of all algorithms\n"
    "       sagebrush-algorithms list                              print the algorithms' names\n"
    "NAME is by default that in SAGEBRUSH_ALGORITHM.\n";

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
  if (const char* name = std::getenv("SAGEBRUSH_ALGORITHM"); name != nullptr && out.algorithm.empty())
    out.algorithm = name;
  return out.command == "list" || out.command == "catalogue" || !out.algorithm.empty();
}

int Train(const Arguments& arguments) {
  algorithms::TerminationSignal termination;
  return algorithms::RunTraining(arguments.algorithm, arguments.root, termination.token());
}

int Serve(const Arguments& arguments) {
  try {
    sagebrush::serving::ServeOptions options = sagebrush::serving::ServeOptionsFromEnvironment();
    options.algorithm = arguments.algorithm;
    options.hosting.model = arguments.root / "model";
    return sagebrush::serving::Serve(options);
  } catch (const sagebrush::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
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

int Catalogue() {
  std::printf("%s\n", sagebrush::ToText(algorithms::Catalogue()).c_str());
  return 0;
}

int List() {
  for (const auto& algorithm : algorithms::AllAlgorithms()) {
    std::printf("%.*s\n", static_cast<int>(algorithm->declaration().name.size()), algorithm->declaration().name.data());
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
    if (arguments.command == "serve") return Serve(arguments);
    if (arguments.command == "describe") return Describe(arguments);
    if (arguments.command == "catalogue") return Catalogue();
    if (arguments.command == "list") return List();
  }
  std::fputs(kUsage, stderr);
  return 2;
}
