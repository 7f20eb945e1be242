#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/line_file.h"
#include "runtime/output_budget.h"

namespace sagebrush::runtime {

// The log of one workload: takes what it prints within a budget, and says in the log itself what is missing of it and
// why. A full disk and a flood of lines cost lines, never the workload. Not thread-safe.
class WorkloadLog {
 public:
  // What one stream keeps: of more, the oldest lines are dropped.
  static constexpr std::uint64_t kBytesMax = 256 << 20;

  explicit WorkloadLog(const Path& file) : file_(file, kBytesMax) {}  // Throws Error when it cannot be opened.

  // A line that the workload printed. `now`: steady milliseconds.
  void Write(std::string_view line, std::int64_t now);
  // A line of the supervisor's own.
  void Say(std::string_view line) { Append(line); }
  // The workload prints faster than its log takes: there is no hurry to read more.
  bool IsFlooded() const { return budget_.over(); }

  // After the last line. The last few are kept, whatever the budget.
  void Finish();
  // Of the lines at the end that could not be written; empty: none.
  std::string Failure() const;
  void Sync() { file_.Sync(); }

 private:
  void SayWhatWasDropped();
  void Append(std::string_view line);
  void KeepInMind(std::string_view line);

  LineFileWriter file_;
  OutputBudget budget_;
  std::uint64_t dropped_lines_ = 0;  // Over the budget, since the last line that was not.
  std::uint64_t dropped_bytes_ = 0;
  std::deque<std::string> last_;  // Of those.
  std::size_t last_bytes_ = 0;
  std::uint64_t lost_lines_ = 0;  // Since the file could be written last.
  std::string lost_why_;
};

}  // namespace sagebrush::runtime
