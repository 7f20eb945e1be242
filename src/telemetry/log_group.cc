#include "telemetry/log_group.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "telemetry/log_names.h"

namespace sagebrush::telemetry {
namespace {

constexpr Milliseconds kDay{86'400'000};
constexpr const char* kSettingsFile = "group.json";
constexpr const char* kStreamsFile = "streams";

Json ToJson(const LogGroupSettings& settings) {
  JsonObject tags;
  for (const auto& [name, value] : settings.tags) tags[name] = value;
  JsonObject document{{"Name", settings.name},
                      {"Created", settings.created.milliseconds},
                      {"Class", settings.log_class},
                      {"Tags", std::move(tags)}};
  if (settings.retention_days) document["RetentionDays"] = *settings.retention_days;
  return document;
}

LogGroupSettings FromJson(const Json& document) {
  LogGroupSettings settings{.name = GetString(document, "Name"),
                            .created = {GetInt(document, "Created")},
                            .log_class = GetString(document, "Class", "STANDARD")};
  if (Find(document, "RetentionDays") != nullptr) settings.retention_days = GetInt(document, "RetentionDays");
  if (const Json* tags = Find(document, "Tags")) {
    for (const auto& [name, value] : tags->as_object()) settings.tags[name] = std::string(value.as_string());
  }
  return settings;
}

}  // namespace

LogGroup::LogGroup(Path directory, LogGroupSettings settings)
    : directory_(std::move(directory)), settings_(std::move(settings)) {}

std::shared_ptr<LogGroup> LogGroup::Create(const Path& directory, const LogGroupSettings& settings) {
  std::filesystem::create_directories(directory);
  std::shared_ptr<LogGroup> group(new LogGroup(directory, settings));
  WriteAll(OpenFile(directory / kSettingsFile, O_WRONLY | O_CREAT | O_TRUNC).get(), ToText(ToJson(settings)));
  return group;
}

std::shared_ptr<LogGroup> LogGroup::Open(const Path& directory) {
  const auto text = ReadFileIfExists(directory / kSettingsFile);
  if (!text || text->empty()) return nullptr;
  std::shared_ptr<LogGroup> group(
      new LogGroup(directory, FromJson(ParseStoredJson(*text, (directory.filename() / kSettingsFile).string()))));
  const MutexLock lock(group->mutex_);
  group->ReadStreams();
  return group;
}

void LogGroup::ReadStreams() {
  ReadLines(directory_ / kStreamsFile, 0, [this](const LogLine& line) REQUIRES(mutex_) {
    const Json entry = ParseStoredJson(line.message, (directory_.filename() / kStreamsFile).string());
    const std::string name = GetString(entry, "Name");
    if (GetBool(entry, "Deleted")) {
      streams_.erase(name);
    } else {
      streams_[name] = std::make_shared<LogStream>(name, line.time, directory_ / LogStreamFileName(name));
    }
    return true;
  });
}

void LogGroup::Save() const { WriteFileDurably(directory_ / kSettingsFile, ToText(ToJson(settings_))); }

LogGroupSettings LogGroup::Settings() const {
  const MutexLock lock(mutex_);
  return settings_;
}

void LogGroup::Change(const std::function<void(LogGroupSettings&)>& change) {
  const MutexLock lock(mutex_);
  const LogGroupSettings before = settings_;
  try {
    change(settings_);
    Save();
  } catch (...) {
    settings_ = before;
    throw;
  }
}

std::shared_ptr<LogStream> LogGroup::Find(const std::string& name) const {
  const MutexLock lock(mutex_);
  const auto found = streams_.find(name);
  return found == streams_.end() ? nullptr : found->second;
}

std::shared_ptr<LogStream> LogGroup::CreateStream(const std::string& name, Time now) {
  const MutexLock lock(mutex_);
  if (streams_.contains(name)) return nullptr;
  const Path file = directory_ / LogStreamFileName(name);
  std::filesystem::remove(file);  // Of a deletion that a crash cut short.
  LineFileWriter(directory_ / kStreamsFile).Append(now, now, ToText(JsonObject{{"Name", name}}));
  return streams_[name] = std::make_shared<LogStream>(name, now, file);
}

// Without the lock, which those who begin a stream meanwhile need.
void LogGroup::Sync() const {
  for (const Path& path :
       {directory_ / kSettingsFile, directory_ / kStreamsFile, directory_, directory_.parent_path()}) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid() && errno == ENOENT) continue;
    if (!file.valid() || ::fsync(file.get()) != 0) ThrowSystemError("Cannot sync " + path.string());
  }
}

bool LogGroup::DeleteStream(const std::string& name, Time now) {
  const MutexLock lock(mutex_);
  const auto found = streams_.find(name);
  if (found == streams_.end()) return false;
  LineFileWriter journal(directory_ / kStreamsFile);
  journal.Append(now, now, ToText(JsonObject{{"Name", name}, {"Deleted", true}}));
  journal.Sync();
  found->second->CloseWriter();
  std::filesystem::remove(found->second->file());
  streams_.erase(found);
  return true;
}

std::vector<std::shared_ptr<LogStream>> LogGroup::Streams(const std::string& prefix) const {
  const MutexLock lock(mutex_);
  std::vector<std::shared_ptr<LogStream>> streams;
  for (auto it = streams_.lower_bound(prefix); it != streams_.end() && it->first.starts_with(prefix); ++it) {
    streams.push_back(it->second);
  }
  return streams;
}

Time LogGroup::Cutoff(Time now) const {
  const MutexLock lock(mutex_);
  if (!settings_.retention_days) return {0};
  return now + -kDay * *settings_.retention_days;
}

std::uint64_t LogGroup::StoredBytes() const {
  std::uint64_t bytes = 0;
  for (const auto& stream : Streams()) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(stream->file(), missing);
    if (!missing) bytes += size;
  }
  return bytes;
}

void LogGroup::Delete() {
  const MutexLock lock(mutex_);
  // Without its settings the directory holds no group, so a crash after this leaves only files to clean up.
  std::filesystem::remove(directory_ / kSettingsFile);
  SyncDirectory(directory_);
  for (const auto& [name, stream] : streams_) stream->CloseWriter();
  streams_.clear();
  std::filesystem::remove_all(directory_);
}

}  // namespace sagebrush::telemetry
