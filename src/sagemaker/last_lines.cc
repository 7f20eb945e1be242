#include "sagemaker/last_lines.h"

#include <fmt/ranges.h>

#include "base/line_file.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::size_t kLinesMax = 5;

}  // namespace

std::string LastLines(const Path& log_file) {
  std::vector<std::string> messages;
  for (LogLine& line : ReadLastLines(log_file, kLinesMax)) messages.push_back(std::move(line.message));
  return fmt::format("{}", fmt::join(messages, "\n"));
}

}  // namespace sagebrush::sagemaker
