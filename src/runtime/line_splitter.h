#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace sagebrush::runtime {

// Cuts what a program prints into the lines of its log. Not thread-safe. Times are any clock's milliseconds.
// - "\n" and "\r\n" end a line; empty lines are left out, as a log stream has none.
// - A lone "\r" is a progress bar beginning anew: of such texts one a second is kept, and the last.
// - A line longer than kLineSizeMax is cut between characters; a line without its end is given out after a second.
// - What is not UTF-8 is shown as escapes (base/text.h), so that a log is always text.
class LineSplitter {
 public:
  static constexpr std::size_t kLineSizeMax =
      256 * 1024 - 26;  // The longest CloudWatch Logs event that clients expect.
  static constexpr std::int64_t kPatience = 1000;

  explicit LineSplitter(std::function<void(std::string_view line)> each) : each_(std::move(each)) {}

  void Feed(std::string_view bytes, std::int64_t now);
  // Gives out what has waited for kPatience.
  void Tick(std::int64_t now);
  // When to call Tick; nullopt: nothing waits.
  std::optional<std::int64_t> TickDue() const;
  // Gives out all that is left. Call last.
  void Finish();

 private:
  void Take(std::string_view part, std::int64_t now);
  void EndLine();
  void EndProgress(std::int64_t now);
  void GiveOut(std::string& text);

  std::function<void(std::string_view)> each_;
  std::string line_;
  std::string progress_;  // Printed before a lone "\r" and not given out yet.
  bool after_return_ = false;
  std::int64_t line_since_ = 0;
  std::int64_t progress_given_out_ = INT64_MIN / 2;
};

}  // namespace sagebrush::runtime
