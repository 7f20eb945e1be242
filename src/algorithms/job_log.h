#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace sagebrush::algorithms {

// The lines of a job, on standard output, each written at once: they become the job's CloudWatch log stream.
// Safe to call from any thread.

// One line as it stands.
void PrintLine(std::string_view line);
// "[2026-11-21:07:00:01:INFO] text", the form of the lines in SageMaker's own containers.
void PrintLog(std::string_view level, std::string_view text);

template <typename... Args>
void PrintInfo(fmt::format_string<Args...> format, Args&&... args) {
  PrintLog("INFO", fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void PrintWarning(fmt::format_string<Args...> format, Args&&... args) {
  PrintLog("WARNING", fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace sagebrush::algorithms
