#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace sagebrush::sagemaker {

// `path` of a request, inside a container, without a "/" at its end. Throws Error(kValidation), naming member and
// value, unless it is plain and below `root` ("/opt/ml"). Every such path of every noun passes here before it is
// stored.
std::string PlainPathBelow(std::string_view root, std::string_view path, std::string_view member);

// The paths inside a container that one request names (LocalPath of checkpoints) and that become mounts.
class ContainerPaths {
 public:
  // `reserved`: what the server itself mounts ("/opt/ml/input"); nothing may be at, above or below it.
  explicit ContainerPaths(std::vector<std::string> reserved) : taken_(std::move(reserved)) {}

  // Takes the path for `member`, and gives it without a "/" at its end. Throws Error(kValidation), naming member and
  // value, unless it is plain (PlainPathBelow), below /opt/ml, and apart from all taken before.
  std::string Take(std::string_view path, std::string_view member);

 private:
  std::vector<std::string> taken_;
};

// A name of a request that becomes a directory (ChannelName). Throws Error(kValidation) for "." and "..", which the
// service model lets pass.
void CheckDirectoryName(std::string_view name, std::string_view member);

}  // namespace sagebrush::sagemaker
