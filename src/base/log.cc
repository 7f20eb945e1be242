#include "base/log.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <string>

#include "base/clock.h"
#include "base/text.h"

namespace sagebrush {
namespace {
std::atomic<Severity> least_severity{Severity::kInfo};
constexpr std::array<std::string_view, 4> kNames{"DEBUG", "INFO", "WARNING", "ERROR"};
}  // namespace

void SetLogSeverity(Severity least) { least_severity = least; }

void WriteLog(Severity severity, std::string_view message) {
  if (severity < least_severity.load()) return;
  std::string line = fmt::format("{} {} {}\n", ToIso8601(SystemClock().Now(), true),
                                 kNames[static_cast<std::size_t>(severity)], LegibleLine(message));
  // One write, so that lines of several threads do not mix. A log that cannot be written must not stop the server.
  if (::write(STDERR_FILENO, line.data(), line.size()) < 0) return;
}

}  // namespace sagebrush
