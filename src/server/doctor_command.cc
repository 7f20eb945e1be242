#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>

#include "base/aead.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "objects/scrubber.h"
#include "runtime/capacity.h"
#include "runtime/doctor.h"
#include "select/duckdb.h"
#include "server/command.h"

namespace sagebrush::server {
namespace {

constexpr double kSyncSecondsSlow = 0.02;
constexpr std::uintmax_t kFreeBytesLow = 5'000'000'000;

// The nearest directory that is there: the data directory may not have been made yet.
Path ExistingParent(Path path) {
  path = std::filesystem::absolute(path);
  while (!std::filesystem::exists(path)) path = path.parent_path();
  return path;
}

runtime::Finding DiskSync(const Path& directory) {
  const Path probe = directory / ".sagebrush-doctor";
  const auto begin = std::chrono::steady_clock::now();
  try {
    for (int i = 0; i < 5; ++i) WriteFileDurably(probe, std::string(4096, 'x'));
  } catch (const Error& error) {
    return {"Disk", false, error.what(), "Give the user of the server write access to " + directory.string() + "."};
  }
  std::filesystem::remove(probe);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() / 5;
  const std::string detail = fmt::format("A durable write takes {:.1f} ms.", 1000 * seconds);
  if (seconds < kSyncSecondsSlow) return {"Disk", true, detail, ""};
  return {"Disk", false, detail + " Each create and each step of a job waits for one.", "Put --data on a local SSD."};
}

runtime::Finding DiskSpace(const Path& directory) {
  const auto space = std::filesystem::space(directory);
  const std::string detail =
      fmt::format("{:.1f} GB free at {}.", static_cast<double>(space.available) / 1e9, directory.string());
  if (space.available > kFreeBytesLow) return {"Disk space", true, detail, ""};
  return {"Disk space", false, detail + " Uploads and jobs fail when it is full.",
          "Free some, or put --data on a larger disk."};
}

runtime::Finding Programs() {
  const Path folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  for (const char* name : {"sagebrush-supervisor", "sagebrush-algorithms", "sagebrush-select"}) {
    if (::access((folder / name).c_str(), X_OK) != 0) {
      return {"Programs", false, fmt::format("{} is not beside this program; no job can run.", name),
              "Run `make build`."};
    }
  }
  return {"Programs", true, "All are beside this program.", ""};
}

runtime::Finding Room() {
  const runtime::Room room = runtime::RoomOfThisMachine();
  return {
      "Machine", true,
      fmt::format("{:.1f} CPUs and {:.1f} GB of memory for jobs and endpoints; larger instances are scaled down to it.",
                  room.cpus, static_cast<double>(room.memory_bytes) / 1e9),
      ""};
}

// How fast one processor encrypts, in GB a second.
double EncryptionSpeed() {
  constexpr int kRounds = 1000;
  const std::string text(64 << 10, 'x'), nonce(GcmCipher::kNonceSize, 'n');
  std::string sealed(text.size() + GcmCipher::kTagSize, '\0');
  GcmCipher cipher(SecretKey::Random());
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kRounds; ++i) cipher.Encrypt(nonce, "", text, sealed.data());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  return kRounds * static_cast<double>(text.size()) / seconds.count() / 1e9;
}

// By what the server that runs there, or ran last, was told.
runtime::Finding Encryption(const Path& data) {
  const auto server = ReadFileIfExists(data / "server.json");
  if (server && GetBool(ParseStoredJson(*server, "server.json"), "DiskIsEncrypted")) {
    return {"Encryption", true,
            "The disk is said to be encrypted (--disk-is-encrypted): objects under the server's own key are stored "
            "plain, and jobs get their channels without a copy.",
            ""};
  }
  return {"Encryption", true,
          fmt::format("Objects are stored encrypted, at {:.1f} GB/s a processor; jobs get decrypted copies of their "
                      "channels. On an encrypted disk, --disk-is-encrypted saves both.",
                      EncryptionSpeed()),
          ""};
}

runtime::Finding Queries() {
  const Path library = select::DuckDbLibrary();
  if (::access(library.c_str(), R_OK) == 0) {
    return {"Queries", true, "SelectObjectContent has the library that it queries objects with.", ""};
  }
  return {"Queries", true,
          fmt::format("SelectObjectContent is off: {} is not there. tools/duckdb.sh gets it.", library.string()), ""};
}

runtime::Finding StoredObjects(const Path& data) {
  const auto damaged = objects::ReadDamaged(data / "objects" / "scrub.json");
  if (damaged.empty()) return {"Objects", true, "The scrub of the stored objects has found no damage.", ""};
  std::string detail = fmt::format("The scrub has found {} damaged:", damaged.size());
  for (const auto& [bucket, key, version, what, found] : damaged) {
    detail += fmt::format("\n           s3://{}/{} (version {}): {}", bucket, Legible(key), version, what);
  }
  return {"Objects", false, detail, "Restore them from a backup or upload them again; `sagebrush fsck` looks at all."};
}

int Examine(const Path& data) {
  const Path directory = ExistingParent(data);
  std::vector<runtime::Finding> findings = runtime::ExamineMachine(directory);
  for (const auto& finding : {Programs(), Room(), DiskSync(directory), DiskSpace(directory), Encryption(data),
                              Queries(), StoredObjects(directory)})
    findings.push_back(finding);
  int missing = 0;
  const bool colour = ::isatty(STDOUT_FILENO) != 0;
  for (const runtime::Finding& finding : findings) {
    const char* mark =
        finding.ok ? (colour ? "\033[32mok     \033[0m" : "ok     ") : (colour ? "\033[31mmissing\033[0m" : "missing");
    std::printf("%s  %s: %s\n", mark, finding.subject.c_str(), finding.detail.c_str());
    if (!finding.ok) std::printf("         -> %s\n", finding.remedy.c_str());
    missing += finding.ok ? 0 : 1;
  }
  std::printf(missing == 0 ? "Nothing is missing.\n" : "%d missing.\n", missing);
  return missing == 0 ? 0 : 1;
}

}  // namespace

void AddDoctorCommand(CLI::App& program, int& exit_status) {
  auto data = std::make_shared<Path>();
  CLI::App* command =
      program.add_subcommand("doctor", "Say what this machine lacks for running jobs, and what that costs");
  AddDataOption(*command, *data);
  command->callback([data, &exit_status] { exit_status = Examine(*data); });
}

}  // namespace sagebrush::server
