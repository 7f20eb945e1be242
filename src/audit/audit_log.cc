#include "audit/audit_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "base/log.h"

namespace sagebrush::audit {
namespace {

constexpr const char* kEnding = ".jsonl";

// Milliseconds since 1970: names in the order of their times.
std::string NameOf(Time time) { return fmt::format("{:015}", time.milliseconds); }
Time TimeOf(const Path& file) {
  const std::string stem = file.stem().string();
  std::int64_t milliseconds = 0;
  std::from_chars(stem.data(), stem.data() + stem.size(), milliseconds);
  return {milliseconds};
}

std::uint64_t SizeOf(const Path& file) {
  std::error_code failure;
  const auto size = std::filesystem::file_size(file, failure);
  return failure ? 0 : size;
}

}  // namespace

AuditLog::AuditLog(Path directory, const Clock& clock, AuditLimits limits,
                   std::function<std::string(std::uint64_t)> tell_loss)
    : directory_(std::move(directory)), clock_(clock), limits_(limits), tell_loss_(std::move(tell_loss)) {
  std::filesystem::create_directories(directory_);
  std::filesystem::permissions(directory_, std::filesystem::perms::owner_all);
  {
    const MutexLock lock(file_mutex_);
    BeginFile();
  }
  thread_ = std::thread([this] { Run(); });
}

AuditLog::~AuditLog() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  Flush();
}

void AuditLog::Append(std::string_view lines, std::uint64_t count) noexcept {
  bool first = false;
  {
    const MutexLock lock(mutex_);
    if (pending_.size() + lines.size() > limits_.pending_bytes_max) {
      untold_ += count;
      lost_ += count;
      return;
    }
    first = pending_.empty();
    pending_ += lines;
    pending_count_ += count;
  }
  if (first) wake_.notify_one();
}

void AuditLog::Flush() {
  const MutexLock lock(file_mutex_);
  WritePending();
}

std::uint64_t AuditLog::lost() const {
  const MutexLock lock(mutex_);
  return lost_;
}

std::vector<Path> AuditLog::Files() const {
  std::vector<Path> files;
  for (const Path& entry : EntriesOf(directory_)) {
    if (entry.extension() == kEnding) files.push_back(directory_ / entry.filename());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void AuditLog::Run() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      lock.Wait(wake_, [this]() REQUIRES(mutex_) { return stopping_ || !pending_.empty(); });
      if (stopping_) return;
      // What comes meanwhile goes along.
      lock.WaitFor(wake_, kDelay, [this]() REQUIRES(mutex_) { return stopping_; });
    }
    const MutexLock lock(file_mutex_);
    WritePending();
  }
}

void AuditLog::WritePending() {
  std::string bytes;
  std::uint64_t count = 0, untold = 0;
  {
    const MutexLock lock(mutex_);
    bytes.swap(pending_);
    count = std::exchange(pending_count_, 0);
    untold = std::exchange(untold_, 0);
  }
  if (bytes.empty() && untold == 0) return;
  const std::string told = untold == 0 ? std::string() : tell_loss_(untold);
  if (Write(bytes + told)) {
    if (untold > 0) LogError("The audit trail lost {} events: they came faster than the disk took them.", untold);
    return;
  }
  // They are kept for the next try as long as there is room: then newer ones are lost, and counted.
  const MutexLock lock(mutex_);
  untold_ += untold;
  if (bytes.size() + pending_.size() <= limits_.pending_bytes_max) {
    pending_.insert(0, bytes);
    pending_count_ += count;
  } else {
    untold_ += count;
    lost_ += count;
  }
}

bool AuditLog::Write(std::string_view bytes) {
  try {
    if (!file_.valid() || file_bytes_ >= limits_.file_bytes_max) BeginFile();
    WriteAll(file_.get(), bytes);
    file_bytes_ += bytes.size();
    if (std::exchange(failing_, false)) LogInfo("The audit trail can be written again.");
    return true;
  } catch (const std::exception& error) {
    // A line is whole or not there.
    if (file_.valid() && ::ftruncate(file_.get(), static_cast<off_t>(file_bytes_)) != 0) file_.Close();
    if (!std::exchange(failing_, true)) {
      LogError("The audit trail cannot be written, so events wait in memory and may be lost: {}", error.what());
    }
    return false;
  }
}

void AuditLog::BeginFile() {
  if (file_.valid()) ::fdatasync(file_.get());
  // Names only grow, also within one millisecond and when the clock is set back.
  Time time = clock_.Now();
  const auto files = Files();
  if (!files.empty() && time <= TimeOf(files.back())) time = TimeOf(files.back()) + Milliseconds(1);
  file_ = OpenFile(directory_ / (NameOf(time) + kEnding), O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  file_bytes_ = 0;
  DeleteOld();
}

void AuditLog::DeleteOld() {
  auto files = Files();
  std::uint64_t bytes = 0;
  for (const Path& file : files) bytes += SizeOf(file);
  const Time oldest = clock_.Now() + -Milliseconds(limits_.age_max);
  // A file is as old as its last line, which is older than the first of the next one.
  for (std::size_t i = 0; i + 2 < files.size(); ++i) {
    if (bytes <= limits_.bytes_max && !(TimeOf(files[i + 1]) < oldest)) return;
    bytes -= SizeOf(files[i]);
    std::error_code failure;
    std::filesystem::remove(files[i], failure);
  }
}

}  // namespace sagebrush::audit
