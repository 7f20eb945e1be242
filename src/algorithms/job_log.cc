#include "algorithms/job_log.h"

#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <string>

namespace sagebrush::algorithms {

void PrintLine(std::string_view line) {
  std::string text(line);
  text += '\n';
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t n = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (n < 0 && errno != EINTR) return;  // Nobody reads the log; the training goes on.
    if (n > 0) rest.remove_prefix(static_cast<std::size_t>(n));
  }
}

void PrintLog(std::string_view level, std::string_view text) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  PrintLine(fmt::format("[{:04}-{:02}-{:02}:{:02}:{:02}:{:02}:{}] {}", parts.tm_year + 1900, parts.tm_mon + 1,
                        parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, level, text));
}

}  // namespace sagebrush::algorithms
