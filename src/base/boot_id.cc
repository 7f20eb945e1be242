#include "base/boot_id.h"

#include "base/file.h"

namespace sagebrush {

std::string BootId() { return ReadFileIfExists("/proc/sys/kernel/random/boot_id").value_or(""); }

}  // namespace sagebrush
