#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/error.h"
#include "objects/store_check.h"
#include "server/command.h"
#include "server/server.h"
#include "store/directory_lock.h"

namespace sagebrush::server {
namespace {

enum FsckStatus { kWhole = 0, kRepaired = 2, kDamageLeft = 3 };  // 1: it could not be checked (main).

struct FsckOptions {
  Path data;
  bool repair = false;
};

int Check(const FsckOptions& options) {
  using objects::StoreCheck;
  const auto& [data, repair] = options;
  RequireData(data);
  FileDescriptor lock;
  if (repair) lock = store::LockDirectory(data);
  StoreCheck check(data / "objects", repair ? StoreCheck::Mode::kRepair : StoreCheck::Mode::kLook);
  std::size_t left = 0;
  const objects::StoreReport report = check.Run([&](const objects::StoreFinding& finding) {
    std::printf("%s\n", finding.what.c_str());
    if (!finding.done.empty()) std::printf("  -> repaired: %s.\n", finding.done.c_str());
    left += finding.done.empty() ? 1 : 0;
  });
  std::printf("%llu objects and parts, %.1f GB read.\n", static_cast<unsigned long long>(report.objects),
              static_cast<double>(report.bytes) / 1e9);
  if (report.findings.empty()) {
    std::printf("The object store is whole.\n");
    return kWhole;
  }
  std::printf("%zu findings, %zu of them repaired.%s\n", report.findings.size(), report.findings.size() - left,
              repair || left == 0 ? "" : " Stop the server and run fsck --repair for what can be repaired.");
  return left == 0 ? kRepaired : kDamageLeft;
}

}  // namespace

void AddFsckCommand(CLI::App& program, int& exit_status) {
  auto options = std::make_shared<FsckOptions>();
  CLI::App* command = program.add_subcommand(
      "fsck",
      "Check every object of the data directory against its checksum, and the index against the files. Exit status: 0 "
      "whole, 1 could not be checked, 2 all found was repaired, 3 damage is left");
  AddDataOption(*command, options->data);
  command->add_flag("--repair", options->repair,
                    "Repair the index, with the server stopped; what is taken away is kept in objects/lost+found");
  command->callback([options, &exit_status] { exit_status = Check(*options); });
}

}  // namespace sagebrush::server
