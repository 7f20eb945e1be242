#include "runtime/workload_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include <fmt/format.h>

#include "base/boot_id.h"
#include "base/error.h"

namespace sagebrush::runtime {
namespace {

constexpr std::string_view kReasons[] = {"Exited",   "Stopped",     "TimedOut",       "OutOfMemory",
                                         "DiskFull", "StartFailed", "SupervisorLost", "InputFailed"};

constexpr const char* kSpec = "spec.json";
constexpr const char* kState = "state.json";
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

Json ToJson(const GangPlace& place) {
  return {{"ids", JsonArray(place.ids.begin(), place.ids.end())}, {"host", place.host}};
}

std::optional<GangPlace> GangFromJson(const Json* json) {
  if (json == nullptr || json->is_null()) return std::nullopt;
  GangPlace place{boost::json::value_to<std::vector<std::string>>(json->at("ids")),
                  boost::json::value_to<std::size_t>(json->at("host"))};
  if (place.host >= place.ids.size()) throw Error(kInternalFailure, "It has no such host.");
  return place;
}

Json ToJson(const WorkloadSpec& spec) {
  JsonArray command(spec.command.begin(), spec.command.end());
  JsonArray devices;
  for (const Path& device : spec.devices) devices.push_back(Json(device.string()));
  JsonArray ports(spec.ports.begin(), spec.ports.end());
  JsonObject environment;
  for (const auto& [name, value] : spec.environment) environment[name] = value;
  JsonArray mounts;
  for (const Mount& mount : spec.mounts) {
    mounts.push_back(
        {{"source", mount.source.string()}, {"target", mount.target.string()}, {"read_only", mount.read_only}});
  }
  JsonArray pipes;
  for (const PipeInput& input : spec.pipes) pipes.push_back(ToJson(input));
  return {{"version", kWorkloadVersion},
          {"root", ToJson(spec.root)},
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
          {"ports", ports},
          {"gpus", spec.gpus},
          {"devices", devices},
          {"gang", spec.gang ? ToJson(*spec.gang) : Json(nullptr)},
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
  if (const Json* ports = Find(json, "ports")) {
    for (const Json& port : ports->as_array()) spec.ports.push_back(boost::json::value_to<std::uint16_t>(port));
  } else if (const std::int64_t port = GetInt(json, "port"); port != 0) {  // Version 1.
    spec.ports.push_back(static_cast<std::uint16_t>(port));
  }
  spec.gpus = static_cast<int>(GetInt(json, "gpus"));
  if (const Json* devices = Find(json, "devices")) {
    for (const Json& device : devices->as_array()) spec.devices.emplace_back(std::string(device.as_string()));
  }
  spec.gang = GangFromJson(Find(json, "gang"));
  // Earlier releases had one user for all, and recorded none.
  if (const Json* user = Find(json, "user"); user != nullptr && !user->is_null()) {
    spec.user = static_cast<std::uint32_t>(GetInt(json, "user"));
  }
  return spec;
}

// 1: files that have no number.
std::int64_t VersionOf(const std::optional<Json>& file) { return file ? GetInt(*file, "version", 1) : 0; }

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

void WorkloadFiles::WriteSpec(const WorkloadSpec& spec) const { Replace(kSpec, sagebrush::ToText(ToJson(spec))); }

void WorkloadFiles::Sync() const {
  if (::fsync(OpenFile(directory_ / kSpec, O_RDONLY).get()) != 0) {
    ThrowSystemError("Cannot sync " + (directory_ / kSpec).string());
  }
  SyncDirectory(directory_);
  SyncDirectory(directory_.parent_path());
}

// Empty, a state is an empty document: the machine lost power before the file reached the disk. A supervisor had begun.
std::optional<Json> WorkloadFiles::Read(const char* name) const {
  const auto text = ReadFileIfExists(directory_ / name);
  if (!text) return std::nullopt;
  if (text->empty() && name == kState) return JsonObject();
  try {
    Json json = ParseJson(*text);
    json.as_object();
    return json;
  } catch (const std::exception& error) {
    throw Error(kInternalFailure, (directory_ / name).string() + " is damaged: " + error.what());
  }
}

std::int64_t WorkloadFiles::SupervisorVersion() const { return VersionOf(Read(kState)); }

std::string WorkloadFiles::WhyTooNew() const {
  const std::int64_t version = std::max(VersionOf(Read(kSpec)), SupervisorVersion());
  if (version <= kWorkloadVersion) return "";
  return fmt::format(
      "Workload {} is of a newer release of the server, in form {}; this release knows forms up to {}. It is left as "
      "it is: run that release again to go on with it.",
      id(), version, kWorkloadVersion);
}

std::optional<WorkloadSpec> WorkloadFiles::ReadSpec() const {
  const auto json = Read(kSpec);
  if (!json) return std::nullopt;
  try {
    return FromJson(*json);
  } catch (const std::exception& error) {
    throw Error(kInternalFailure, (directory_ / kSpec).string() + " is damaged: " + error.what());
  }
}

bool WorkloadFiles::IsFromBeforeBoot() const {
  const auto json = Read(kSpec);
  return json && GetString(*json, "boot_id") != BootId();
}

std::optional<WorkloadState> WorkloadFiles::ReadState() const {
  const auto read = Read(kState);
  if (!read) return std::nullopt;
  const Json& json = *read;
  WorkloadState state{.running = true};
  if (json.as_object().empty()) return state;
  try {
    state.started = {GetInt(json, "started")};
    state.ended = {GetInt(json, "ended")};
    state.running = GetBool(json, "running");
    state.reason = ReasonFrom(GetString(json, "reason"));
    state.exit_code = static_cast<int>(GetInt(json, "exit_code"));
    state.message = GetString(json, "message");
  } catch (const std::exception& error) {
    throw Error(kInternalFailure, (directory_ / kState).string() + " is damaged: " + error.what());
  }
  return state;
}

void WorkloadFiles::WriteState(const WorkloadState& state) const {
  const Path file = directory_ / kState, spare = directory_ / "state.spare";
  const FileDescriptor fd =
      OpenFile(spare, O_WRONLY | O_CREAT);  // Not shortened before: its blocks are what is reserved.
  const std::string text = sagebrush::ToText(Json{{"version", kWorkloadVersion},
                                                  {"running", state.running},
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
