#include "telemetry/log_store.h"

#include "base/encoding.h"
#include "base/log.h"
#include "telemetry/log_names.h"

namespace sagebrush::telemetry {

Path LogStore::FileOf(const Path& data, const std::string& account, const std::string& region, const std::string& group,
                      const std::string& stream) {
  return LogGroupDirectory(data, account, region, group) / LogStreamFileName(stream);
}

LogStore::Region& LogStore::Load(const std::string& account, const std::string& region) {
  const auto known = regions_.find({account, region});
  if (known != regions_.end()) return known->second;
  Region groups;
  for (const Path& file : EntriesOf(LogGroupDirectory(data_, account, region, "x").parent_path())) {
    if (auto group = LogGroup::Open(file)) {
      std::string name = group->Settings().name;
      groups.emplace(std::move(name), std::move(group));
    }
  }
  return regions_.emplace(std::pair(account, region), std::move(groups)).first->second;
}

std::shared_ptr<LogGroup> LogStore::Find(const std::string& account, const std::string& region,
                                         const std::string& group) {
  const MutexLock lock(mutex_);
  const Region& groups = Load(account, region);
  const auto found = groups.find(group);
  return found == groups.end() ? nullptr : found->second;
}

std::shared_ptr<LogGroup> LogStore::Create(const std::string& account, const std::string& region,
                                           const LogGroupSettings& settings) {
  const MutexLock lock(mutex_);
  Region& groups = Load(account, region);
  if (groups.contains(settings.name)) return nullptr;
  const Path directory = LogGroupDirectory(data_, account, region, settings.name);
  std::filesystem::remove_all(directory);  // Of a deletion that a crash cut short.
  return groups[settings.name] = LogGroup::Create(directory, settings);
}

bool LogStore::Delete(const std::string& account, const std::string& region, const std::string& group) {
  const MutexLock lock(mutex_);
  Region& groups = Load(account, region);
  const auto found = groups.find(group);
  if (found == groups.end()) return false;
  found->second->Delete();
  groups.erase(found);
  return true;
}

std::vector<std::shared_ptr<LogGroup>> LogStore::Groups(const std::string& account, const std::string& region) {
  const MutexLock lock(mutex_);
  std::vector<std::shared_ptr<LogGroup>> groups;
  for (const auto& [name, group] : Load(account, region)) groups.push_back(group);
  return groups;
}

Path LogStore::StreamFile(const std::string& account, const std::string& region, const std::string& group,
                          const std::string& stream) {
  std::shared_ptr<LogGroup> found = Find(account, region, group);
  const Time now = clock_.Now();
  if (found == nullptr)
    found = Create(account, region, {.name = group, .created = now, .retention_days = kRetentionDaysDefault});
  if (found == nullptr) found = Find(account, region, group);  // Another thread was first.
  if (found != nullptr && found->CreateStream(stream, now) != nullptr) SyncSoon(found);
  return FileOf(data_, account, region, group, stream);
}

void LogStore::SyncSoon(std::shared_ptr<LogGroup> group) {
  const auto sync = [group = std::move(group)] {
    try {
      group->Sync();
    } catch (const std::exception& error) {
      LogWarning("A log may be lost if the machine fails now: {}", error.what());
    }
  };
  if (!syncer_.Submit(sync)) sync();  // The disk does not keep up: from now on its pace counts.
}

int LogStore::Sweep() {
  int emptied = 0;
  for (const Path& account : EntriesOf(data_ / "logs")) {
    for (const Path& region : EntriesOf(account)) {
      const std::string account_name = UriDecode(account.filename().string());
      for (const auto& group : Groups(account_name, UriDecode(region.filename().string()))) {
        const Time cutoff = group->Cutoff(clock_.Now());
        if (cutoff.milliseconds <= 0) continue;
        for (const auto& stream : group->Streams()) emptied += stream->Expire(cutoff) ? 1 : 0;
      }
    }
  }
  return emptied;
}

}  // namespace sagebrush::telemetry
