#pragma once

#include <string>

#include "base/file.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the name is the library's.
class App;
}

namespace sagebrush::server {

// Each adds one subcommand to the program. When the user chose it, its exit status is left in `exit_status`.
// What it throws (Error) is printed by main.
void AddServeCommand(CLI::App& program, int& exit_status);
void AddEnvCommand(CLI::App& program, int& exit_status);
void AddQuickstartCommand(CLI::App& program, int& exit_status);
void AddLogsCommand(CLI::App& program, int& exit_status);
void AddCostCommand(CLI::App& program, int& exit_status);
void AddDoctorCommand(CLI::App& program, int& exit_status);
void AddFsckCommand(CLI::App& program, int& exit_status);
void AddOperationsCommand(CLI::App& program, int& exit_status);

// Adds `--data DIR`, the data directory: by default $SAGEBRUSH_DATA, else ./sagebrush-data.
void AddDataOption(CLI::App& command, Path& data);
// Throws Error unless `data` was set up by `sagebrush serve`.
void RequireData(const Path& data);

}  // namespace sagebrush::server
