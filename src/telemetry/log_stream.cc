#include "telemetry/log_stream.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"

namespace sagebrush::telemetry {
namespace {

constexpr std::uint64_t kBlockBytes = 64 * 1024;
constexpr std::uint64_t kDroppedBytesMin = 1 << 20;  // Less is not worth a hole.
constexpr std::size_t kEventOverhead = 26;           // As AWS counts.

std::size_t CostOf(std::size_t message_size) { return message_size + kEventOverhead; }

std::uint64_t FileSize(const Path& file) {
  struct stat status{};
  return ::stat(file.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

// Drops events from the end (or the front) until both limits hold; one may always stay.
void Cut(std::vector<LogLine>& lines, const LogRange& range, bool keep_front) {
  std::size_t kept = 0;
  std::size_t bytes = 0;
  while (kept < lines.size() && kept < range.events_max) {
    bytes += CostOf((keep_front ? lines[kept] : lines[lines.size() - 1 - kept]).message.size());
    if (kept > 0 && bytes > range.bytes_max) break;
    ++kept;
  }
  const auto surplus = static_cast<std::ptrdiff_t>(lines.size() - kept);
  if (keep_front) {
    lines.erase(lines.end() - surplus, lines.end());
  } else {
    lines.erase(lines.begin(), lines.begin() + surplus);
  }
}

}  // namespace

LogStream::LogStream(std::string name, Time created, Path file)
    : name_(std::move(name)), created_(created), file_(std::move(file)) {}

void LogStream::CatchUp() {
  const std::uint64_t size = FileSize(file_);
  const std::uint64_t begin = size > 0 ? FirstKeptOffset(file_) : 0;
  if (size < known_until_ || begin != begin_) {  // Emptied, replaced, or its oldest lines dropped: begin again.
    begin_ = begin;
    known_until_ = 0;
    summary_ = {};
    last_ = {};
    blocks_.clear();
    by_position_.clear();
    ordered_ = true;
  }
  if (size == known_until_) return;
  const bool was_ordered = ordered_;
  const auto sorted_until = static_cast<std::ptrdiff_t>(by_position_.size());
  known_until_ = ReadLines(file_, known_until_, [this](const LogLine& line) REQUIRES(mutex_) {
    Note(line);
    return true;
  });
  summary_.bytes = known_until_ - begin_;
  if (ordered_) return;
  if (was_ordered) {
    BecomeUnordered();
  } else {
    const auto added = by_position_.begin() + sorted_until;
    std::sort(added, by_position_.end());
    std::vector<Sized> merged;
    merged.reserve(by_position_.size());
    std::merge(by_position_.begin(), added, added, by_position_.end(), std::back_inserter(merged));
    by_position_ = std::move(merged);
  }
}

void LogStream::Note(const LogLine& line) {
  const LogPosition position = PositionOf(line);
  if (summary_.events++ == 0) summary_.first_event = summary_.last_event = summary_.last_ingestion = line.time;
  summary_.first_event = std::min(summary_.first_event, line.time);
  summary_.last_event = std::max(summary_.last_event, line.time);
  summary_.last_ingestion = line.ingested;
  if (position < last_) ordered_ = false;
  last_ = position;
  if (blocks_.empty() || line.offset >= blocks_.back().offset + kBlockBytes) blocks_.push_back({line.offset, position});
  if (!ordered_) by_position_.push_back({position, static_cast<std::uint32_t>(line.message.size())});
}

void LogStream::BecomeUnordered() {
  by_position_.clear();
  by_position_.reserve(summary_.events);
  ReadLines(file_, 0, [this](const LogLine& line) REQUIRES(mutex_) {
    if (line.offset >= known_until_) return false;
    by_position_.push_back({PositionOf(line), static_cast<std::uint32_t>(line.message.size())});
    return true;
  });
  std::sort(by_position_.begin(), by_position_.end());
}

LogStream::Summary LogStream::Summarise() {
  const MutexLock lock(mutex_);
  CatchUp();
  return summary_;
}

std::size_t LogStream::BlockOf(const LogPosition& position) const {
  const auto after = std::upper_bound(blocks_.begin(), blocks_.end(), position,
                                      [](const LogPosition& p, const Block& block) { return p < block.first; });
  return after == blocks_.begin() ? 0 : static_cast<std::size_t>(after - blocks_.begin()) - 1;
}

std::vector<LogLine> LogStream::ReadBlocks(std::size_t block, std::uint64_t end, const LogRange& range) const {
  std::vector<LogLine> lines;
  std::size_t bytes = 0;
  if (block >= blocks_.size()) return lines;
  ReadLines(file_, blocks_[block].offset, [&](const LogLine& line) {
    const LogPosition position = PositionOf(line);
    if (line.offset >= end || position >= range.until || lines.size() >= range.events_max) return false;
    if (position < range.from) return true;
    bytes += CostOf(line.message.size());
    if (!lines.empty() && bytes > range.bytes_max) return false;
    lines.push_back(line);
    return true;
  });
  return lines;
}

std::vector<LogLine> LogStream::ReadForward(const LogRange& range) {
  const MutexLock lock(mutex_);
  CatchUp();
  if (ordered_) return ReadBlocks(BlockOf(range.from), known_until_, range);
  const auto first = std::lower_bound(by_position_.cbegin(), by_position_.cend(), Sized{range.from, 0});
  auto last = first;
  std::size_t bytes = 0;
  while (last != by_position_.cend() && last->position < range.until &&
         static_cast<std::size_t>(last - first) < range.events_max) {
    bytes += CostOf(last->size);
    if (last != first && bytes > range.bytes_max) break;
    ++last;
  }
  return ReadSized(first, last);
}

std::vector<LogLine> LogStream::ReadBackward(const LogRange& range) {
  const MutexLock lock(mutex_);
  CatchUp();
  if (!ordered_) {
    const auto last = std::lower_bound(by_position_.cbegin(), by_position_.cend(), Sized{range.until, 0});
    auto first = last;
    std::size_t bytes = 0;
    while (first != by_position_.cbegin() && std::prev(first)->position >= range.from &&
           static_cast<std::size_t>(last - first) < range.events_max) {
      bytes += CostOf(std::prev(first)->size);
      if (first != last && bytes > range.bytes_max) break;
      --first;
    }
    return ReadSized(first, last);
  }
  std::vector<LogLine> lines;
  if (blocks_.empty()) return lines;
  std::size_t bytes = 0;
  const LogRange whole{range.from, range.until, SIZE_MAX, SIZE_MAX};
  for (std::size_t block = BlockOf(range.until) + 1; block-- > 0;) {
    const std::uint64_t end = block + 1 < blocks_.size() ? blocks_[block + 1].offset : known_until_;
    std::vector<LogLine> earlier = ReadBlocks(block, end, whole);
    for (const LogLine& line : earlier) bytes += CostOf(line.message.size());
    earlier.insert(earlier.end(), std::make_move_iterator(lines.begin()), std::make_move_iterator(lines.end()));
    lines = std::move(earlier);
    if (lines.size() >= range.events_max || bytes > range.bytes_max || blocks_[block].first < range.from) break;
  }
  Cut(lines, range, /*keep_front=*/false);
  return lines;
}

std::vector<LogLine> LogStream::ReadSized(std::vector<Sized>::const_iterator first,
                                          std::vector<Sized>::const_iterator last) const {
  std::vector<std::uint64_t> offsets;
  for (auto it = first; it != last; ++it) offsets.push_back(it->position.offset);
  std::sort(offsets.begin(), offsets.end());
  std::vector<LogLine> lines;
  // Reads on through small gaps: what belongs together mostly lies together.
  for (std::size_t i = 0; i < offsets.size();) {
    const std::size_t before = i;
    ReadLines(file_, offsets[i], [&](const LogLine& line) {
      if (line.offset == offsets[i]) {
        lines.push_back(line);
        ++i;
      }
      return i < offsets.size() && offsets[i] < line.next + kBlockBytes;
    });
    if (i == before) break;  // The file was emptied meanwhile.
  }
  std::sort(lines.begin(), lines.end(),
            [](const LogLine& a, const LogLine& b) { return PositionOf(a) < PositionOf(b); });
  return lines;
}

void LogStream::Append(const std::vector<LogLine>& lines) {
  const MutexLock lock(mutex_);
  if (writer_ == nullptr) writer_ = std::make_unique<LineFileWriter>(file_);
  for (const LogLine& line : lines) writer_->Append(line.time, line.ingested, line.message);
  writer_->Sync();
}

bool LogStream::Expire(Time cutoff) {
  const MutexLock lock(mutex_);
  CatchUp();
  if (summary_.events == 0) return false;
  if (summary_.last_event >= cutoff) return DropBefore(cutoff);
  writer_.reset();
  // Emptied rather than deleted: a supervisor that is silent for long goes on appending to the same file.
  if (::truncate(file_.c_str(), 0) != 0) ThrowSystemError("Cannot empty " + file_.string());
  return true;
}

// Of a stream that goes on for months, like an endpoint's.
bool LogStream::DropBefore(Time cutoff) {
  std::uint64_t offset = begin_;
  ReadLines(file_, begin_, [&](const LogLine& line) {
    if (line.time >= cutoff) return false;
    offset = line.next;
    return true;
  });
  if (offset - begin_ < kDroppedBytesMin) return false;
  DropLinesBefore(file_, offset);
  return true;
}

void LogStream::CloseWriter() {
  const MutexLock lock(mutex_);
  writer_.reset();
}

}  // namespace sagebrush::telemetry
