#include "sagemaker/last_lines.h"

#include <deque>

#include <fmt/ranges.h>

#include "base/line_file.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::size_t kLinesMax = 5;

}  // namespace

std::string LastLines(const Path& log_file) {
  std::deque<std::string> lines;
  ReadLines(log_file, 0, [&](const LogLine& line) {
    lines.push_back(line.message);
    if (lines.size() > kLinesMax) lines.pop_front();
    return true;
  });
  return fmt::format("{}", fmt::join(lines, "\n"));
}

}  // namespace sagebrush::sagemaker
