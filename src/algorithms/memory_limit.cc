#include "algorithms/memory_limit.h"

#include <unistd.h>

#include <charconv>

#include "algorithms/own_groups.h"
#include "base/error.h"

namespace sagebrush::algorithms {

std::size_t MemoryLimit() {
  std::size_t limit =
      static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  try {
    for (const Path& group : OwnGroups("memory")) {
      for (const char* name : {"memory.max", "memory.limit_in_bytes"}) {
        const std::string text = ReadFileIfExists(group / name).value_or("");
        std::size_t bytes = 0;  // "max" is no number: no limit.
        if (std::from_chars(text.data(), text.data() + text.size(), bytes).ec == std::errc() && bytes > 0) {
          limit = std::min(limit, bytes);
        }
      }
    }
  } catch (const std::exception&) {
    // No cgroup files to read inside this sandbox: the machine's memory is the limit.
  }
  return limit;
}

}  // namespace sagebrush::algorithms
