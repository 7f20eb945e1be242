#pragma once

#include <string>

#include "base/file.h"

namespace sagebrush::sagemaker {

// The end of a workload's log, for a FailureReason: its last lines, joined by line breaks; empty when it printed
// nothing. Where the log's end is torn the whole file is read: only from a chore.
std::string LastLines(const Path& log_file);

}  // namespace sagebrush::sagemaker
