#include "runtime/workload_log.h"

#include <chrono>

#include "base/error.h"

namespace sagebrush::runtime {
namespace {

constexpr std::int64_t kRecordBytes = 24;  // Of a line in its file, beside the text.
// What a reason of failure is made of.
constexpr std::size_t kLastLines = 20;
constexpr std::size_t kLastBytes = 64 << 10;

Time WallNow() {
  return {std::chrono::duration_cast<Milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count()};
}

}  // namespace

void WorkloadLog::Write(std::string_view line, std::int64_t now) {
  if (budget_.Take(static_cast<std::int64_t>(line.size()) + kRecordBytes, now)) {
    SayWhatWasDropped();
    Append(line);
    return;
  }
  ++dropped_lines_;
  dropped_bytes_ += line.size();
  KeepInMind(line);
}

void WorkloadLog::KeepInMind(std::string_view line) {
  last_bytes_ += line.size();
  last_.emplace_back(line);
  while (last_.size() > kLastLines || (last_bytes_ > kLastBytes && last_.size() > 1)) {
    last_bytes_ -= last_.front().size();
    last_.pop_front();
  }
}

void WorkloadLog::SayWhatWasDropped() {
  if (dropped_lines_ > 0) {
    Append("sagebrush: " + std::to_string(dropped_lines_) + " lines (" + std::to_string(dropped_bytes_) +
           " bytes) are missing here: the workload printed more than " + std::to_string(OutputBudget::kRate >> 20) +
           " MiB a second.");
  }
  dropped_lines_ = dropped_bytes_ = 0;
  last_.clear();
  last_bytes_ = 0;
}

void WorkloadLog::Append(std::string_view line) {
  try {
    const Time now = WallNow();
    if (lost_lines_ > 0) {
      file_.Append(
          now, now,
          "sagebrush: " + std::to_string(lost_lines_) + " lines are missing here: the log could not be written.");
      lost_lines_ = 0;
    }
    file_.Append(now, now, line);
  } catch (const Error& error) {
    lost_why_ = error.what();
    ++lost_lines_;  // A full disk ends no workload that does not write to it.
  }
}

void WorkloadLog::Finish() {
  const std::deque<std::string> last = std::move(last_);
  dropped_lines_ -= last.size();
  for (const std::string& line : last) dropped_bytes_ -= line.size();
  SayWhatWasDropped();
  for (const std::string& line : last) Append(line);
}

std::string WorkloadLog::Failure() const {
  if (lost_lines_ == 0) return "";
  return std::to_string(lost_lines_) + " lines at the end of the log are missing: " + lost_why_;
}

}  // namespace sagebrush::runtime
