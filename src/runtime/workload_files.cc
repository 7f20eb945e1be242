#include "runtime/workload_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include <fmt/format.h>

#include "base/boot_id.h"
#include "base/error.h"
#include "base/json.h"

namespace sagebrush::runtime {
namespace {

constexpr std::string_view kReasons[] = {"Exited",   "Stopped",     "TimedOut",       "OutOfMemory",
                                         "DiskFull", "StartFailed", "SupervisorLost", "InputFailed"};

constexpr off_t kStateBytes = 4096;

Json ToJson(const PipeInput& input) {
  return {{"name", input.name},
          {"objects", input.objects.string()},
          {"pipes", input.pipes.string()},
          {"shuffle_seed", input.shuffle_seed ? Json(*input.shuffle_seed) : Json(nullptr)},
          {"gzip", input.gzip},
          {"record_io", input.record_io}};
}

PipeInput PipeInputFromJson(const Json& json) {
  PipeInput input{
      .name = GetString(json, "name"), .objects = GetString(json, "objects"), .pipes = GetString(json, "pipes")};
  if (!json.at("shuffle_seed").is_null()) input.shuffle_seed = GetInt(json, "shuffle_seed");
  input.gzip = GetBool(json, "gzip");
  input.record_io = GetBool(json, "record_io");
  return input;
}

Json ToJson(const ImageRoot& root) {
  if (const auto* directory = std::get_if<DirectoryRoot>(&root)) return {{"directory", directory->directory.string()}};
  const auto* const layered = std::get_if<LayeredRoot>(&root);
  if (layered == nullptr) return nullptr;
  JsonArray layers;
  for (const Path& layer : layered->layers) layers.emplace_back(layer.string());
  return {{"layers", std::move(layers)}, {"writable", layered->writable.string()}};
}

// Earlier releases had the host's only, and said nothing.
ImageRoot RootFromJson(const Json* json) {
  if (json == nullptr || json->is_null()) return HostRoot{};
  if (const Json* directory = Find(*json, "directory")) return DirectoryRoot{std::string(directory->as_string())};
  LayeredRoot root{.layers = {}, .writable = GetString(*json, "writable")};
  for (const Json& layer : json->at("layers").as_array()) root.layers.emplace_back(std::string(layer.as_string()));
  return root;
}

Json ToJson(const WorkloadSpec& spec) {
  JsonArray command(spec.command.begin(), spec.command.end());
  JsonObject environment;
  for (const auto& [name, value] : spec.environment) environment[name] = value;
  JsonArray mounts;
  for (const Mount& mount : spec.mounts) {
    mounts.push_back(
        {{"source", mount.source.string()}, {"target", mount.target.string()}, {"read_only", mount.read_only}});
  }
  JsonArray pipes;
  for (const PipeInput& input : spec.pipes) pipes.push_back(ToJson(input));
  return {{"root", ToJson(spec.root)},
          {"command", command},
          {"environment", environment},
          {"working_directory", spec.working_directory.string()},
          {"mounts", mounts},
          {"pipes", pipes},
          {"cpus", spec.cpus},
          {"memory_bytes_max", spec.memory_bytes_max},
          {"disk_bytes_max", spec.disk_bytes_max},
          {"processes_max", spec.processes_max},
          {"network", spec.network},
          {"api_address", spec.api_address},
          {"run_time_max", spec.run_time_max ? Json(spec.run_time_max->count()) : Json(nullptr)},
          {"stop_grace", spec.stop_grace.count()},
          {"log_file", spec.log_file.string()},
          {"port", spec.port},
          {"user", spec.user ? Json(*spec.user) : Json(nullptr)},
          {"boot_id", BootId()}};
}

WorkloadSpec FromJson(const Json& json) {
  WorkloadSpec spec;
  spec.root = RootFromJson(Find(json, "root"));
  for (const Json& argument : json.at("command").as_array()) spec.command.emplace_back(argument.as_string());
  for (const auto& [name, value] : json.at("environment").as_object()) {
    spec.environment.emplace(std::string(name), std::string(value.as_string()));
  }
  spec.working_directory = GetString(json, "working_directory");
  for (const Json& mount : json.at("mounts").as_array()) {
    spec.mounts.push_back({GetString(mount, "source"), GetString(mount, "target"), GetBool(mount, "read_only")});
  }
  if (const Json* pipes = Find(json, "pipes")) {  // Earlier releases had none.
    for (const Json& input : pipes->as_array()) spec.pipes.push_back(PipeInputFromJson(input));
  }
  spec.cpus = GetDouble(json, "cpus");
  spec.memory_bytes_max = GetInt(json, "memory_bytes_max");
  spec.disk_bytes_max = GetInt(json, "disk_bytes_max");
  spec.processes_max = GetInt(json, "processes_max");
  spec.network = GetBool(json, "network");
  spec.api_address = GetString(json, "api_address");
  if (!json.at("run_time_max").is_null()) spec.run_time_max = Seconds(GetDouble(json, "run_time_max"));
  spec.stop_grace = Seconds(GetDouble(json, "stop_grace"));
  spec.log_file = GetString(json, "log_file");
  spec.port = static_cast<std::uint16_t>(GetInt(json, "port"));
  // Earlier releases had one user for all, and recorded none.
  if (const Json* user = Find(json, "user"); user != nullptr && !user->is_null()) {
    spec.user = static_cast<std::uint32_t>(GetInt(json, "user"));
  }
  return spec;
}

ExitReason ReasonFrom(std::string_view text) {
  for (std::size_t i = 0; i < std::size(kReasons); ++i) {
    if (kReasons[i] == text) return static_cast<ExitReason>(i);
  }
  throw Error(kInternalFailure, "'" + std::string(text) + "' is no exit reason.");
}

}  // namespace

std::string_view ToText(ExitReason reason) { return kReasons[static_cast<std::size_t>(reason)]; }

std::string WorkloadFiles::CgroupName() const {
  struct stat status{};
  if (::stat(directory_.c_str(), &status) != 0) ThrowSystemError("Cannot look at " + directory_.string());
  return fmt::format("{}-{:x}-{:x}", id(), status.st_dev, status.st_ino);
}

void WorkloadFiles::Replace(const char* name, std::string_view text) const {
  // The lock allows one writer of each file at a time, so that a fixed name will do.
  const Path temporary = directory_ / (std::string(name) + ".tmp");
  WriteAll(OpenFile(temporary, O_WRONLY | O_CREAT | O_TRUNC).get(), text);
  if (::rename(temporary.c_str(), (directory_ / name).c_str()) != 0)
    ThrowSystemError("Cannot rename " + temporary.string());
}

void WorkloadFiles::WriteSpec(const WorkloadSpec& spec) const { Replace("spec.json", sagebrush::ToText(ToJson(spec))); }

void WorkloadFiles::Sync() const {
  if (::fsync(OpenFile(directory_ / "spec.json", O_RDONLY).get()) != 0) {
    ThrowSystemError("Cannot sync " + (directory_ / "spec.json").string());
  }
  SyncDirectory(directory_);
  SyncDirectory(directory_.parent_path());
}

std::optional<WorkloadSpec> WorkloadFiles::ReadSpec() const {
  const auto text = ReadFileIfExists(directory_ / "spec.json");
  if (!text) return std::nullopt;
  try {
    return FromJson(ParseJson(*text));
  } catch (const std::exception& error) {
    throw Error(kInternalFailure, (directory_ / "spec.json").string() + " is damaged: " + error.what());
  }
}

bool WorkloadFiles::IsFromBeforeBoot() const {
  const auto text = ReadFileIfExists(directory_ / "spec.json");
  return text && GetString(ParseJson(*text), "boot_id") != BootId();
}

std::optional<WorkloadState> WorkloadFiles::ReadState() const {
  const auto text = ReadFileIfExists(directory_ / "state.json");
  // Empty: the machine lost power before the file reached the disk. A supervisor had begun.
  if (!text) return std::nullopt;
  WorkloadState state{.running = true};
  if (text->empty()) return state;
  try {
    const Json json = ParseJson(*text);
    state.started = {GetInt(json, "started")};
    state.ended = {GetInt(json, "ended")};
    state.running = GetBool(json, "running");
    state.reason = ReasonFrom(GetString(json, "reason"));
    state.exit_code = static_cast<int>(GetInt(json, "exit_code"));
    state.message = GetString(json, "message");
  } catch (const std::exception& error) {
    throw Error(kInternalFailure, (directory_ / "state.json").string() + " is damaged: " + error.what());
  }
  return state;
}

void WorkloadFiles::WriteState(const WorkloadState& state) const {
  const Path file = directory_ / "state.json", spare = directory_ / "state.spare";
  const FileDescriptor fd =
      OpenFile(spare, O_WRONLY | O_CREAT);  // Not shortened before: its blocks are what is reserved.
  const std::string text = sagebrush::ToText(Json{{"running", state.running},
                                                  {"started", state.started.milliseconds},
                                                  {"ended", state.ended.milliseconds},
                                                  {"reason", ToText(state.reason)},
                                                  {"exit_code", state.exit_code},
                                                  {"message", state.message}});
  WriteAll(fd.get(), text);
  if (::ftruncate(fd.get(), static_cast<off_t>(text.size())) != 0) ThrowSystemError("Cannot shorten " + spare.string());
  // What was the state becomes the spare file.
  if (::renameat2(AT_FDCWD, spare.c_str(), AT_FDCWD, file.c_str(), RENAME_EXCHANGE) == 0) return;
  if (::rename(spare.c_str(), file.c_str()) != 0) ThrowSystemError("Cannot rename " + spare.string());
  ::rename((directory_ / "state.spare2").c_str(), spare.c_str());
}

void WorkloadFiles::ReserveState() const {
  for (const char* name : {"state.spare", "state.spare2"}) {
    const FileDescriptor fd = OpenFile(directory_ / name, O_WRONLY | O_CREAT);
    const int error = ::posix_fallocate(fd.get(), 0, kStateBytes);
    if (error == 0) continue;
    errno = error;
    ThrowSystemError("Cannot write " + (directory_ / name).string());
  }
}

FileDescriptor WorkloadFiles::TryLock() const {
  FileDescriptor file = OpenFile(directory_ / "lock", O_RDWR | O_CREAT);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
  if (errno != EWOULDBLOCK) ThrowSystemError("Cannot lock " + (directory_ / "lock").string());
  return {};
}

}  // namespace sagebrush::runtime
