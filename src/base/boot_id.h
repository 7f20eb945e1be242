#pragma once

#include <string>

namespace sagebrush {

// Differs after each start of the machine (/proc/sys/kernel/random/boot_id). What was written without a sync and names
// it is as it was written, or not of this start.
std::string BootId();

}  // namespace sagebrush
