#include "server/command.h"

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "base/error.h"

namespace sagebrush::server {

void AddDataOption(CLI::App& command, Path& data) {
  const char* from_environment = std::getenv("SAGEBRUSH_DATA");
  data = from_environment == nullptr ? "sagebrush-data" : from_environment;
  command
      .add_option_function<std::string>(
          "--data", [&data](const std::string& text) { data = text; }, "Data directory of the server")
      ->type_name("DIR")
      ->default_str(data.string());
}

void RequireData(const Path& data) {
  if (std::filesystem::exists(data / "server.json")) return;
  throw Error(kValidation, data.string() +
                               " is no data directory of a server. Start one with `sagebrush serve --data " +
                               data.string() + "`, or name another with --data.");
}

}  // namespace sagebrush::server
