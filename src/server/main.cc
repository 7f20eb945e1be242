#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "server/command.h"

int main(int argc, char** argv) {
  CLI::App program(
      "Sagebrush: Amazon SageMaker that you own.\nStart with `sagebrush quickstart`, or `sagebrush serve` and, in "
      "another shell, eval \"$(sagebrush env)\".");
  program.name("sagebrush");
  program.require_subcommand(1);
  int exit_status = 0;
  using namespace sagebrush::server;
  for (const auto add : {AddServeCommand, AddEnvCommand, AddQuickstartCommand, AddLogsCommand, AddCostCommand,
                         AddDoctorCommand, AddFsckCommand, AddOperationsCommand}) {
    add(program, exit_status);
  }
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sagebrush: %s\n", error.what());
    return 1;
  }
  return exit_status;
}
