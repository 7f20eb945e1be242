#pragma once

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace sagebrush {

enum class Severity { kDebug, kInfo, kWarning, kError };

// Lines below this are dropped. Default kInfo.
void SetLogSeverity(Severity least);

// Writes one line, "time severity message", to standard error. Safe to call from any thread. The message may quote
// bytes of any kind: they cannot begin a line of their own nor disturb a terminal (LegibleLine in base/text.h).
void WriteLog(Severity severity, std::string_view message);

template <typename... Args>
void LogInfo(fmt::format_string<Args...> format, Args&&... args) {
  WriteLog(Severity::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void LogWarning(fmt::format_string<Args...> format, Args&&... args) {
  WriteLog(Severity::kWarning, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void LogError(fmt::format_string<Args...> format, Args&&... args) {
  WriteLog(Severity::kError, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace sagebrush
