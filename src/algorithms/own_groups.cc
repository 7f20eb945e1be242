#include "algorithms/own_groups.h"

#include <fmt/format.h>

namespace sagebrush::algorithms {

std::vector<Path> OwnGroups(std::string_view controller) {
  const std::string groups = ReadFileIfExists("/proc/self/cgroup").value_or("");
  std::vector<Path> directories;
  for (std::size_t at = 0; at < groups.size();) {
    const std::size_t end = std::min(groups.find('\n', at), groups.size());
    const std::string line = groups.substr(at, end - at);
    at = end + 1;
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool unified = controllers == ",,";
    if (!unified && controllers.find(fmt::format(",{},", controller)) == std::string::npos) continue;
    const Path root = unified ? Path("/sys/fs/cgroup") : Path("/sys/fs/cgroup") / controller;
    for (Path group = line.substr(second + 1); !group.relative_path().empty(); group = group.parent_path()) {
      directories.push_back(root / group.relative_path());
    }
    directories.push_back(root);
  }
  return directories;
}

}  // namespace sagebrush::algorithms
