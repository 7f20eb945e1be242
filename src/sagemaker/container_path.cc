#include "sagemaker/container_path.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/directory.h"
#include "base/error.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::string_view kRoot = "/opt/ml";
constexpr std::size_t kNameBytesMax = 255;

bool IsAtOrBelow(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

bool HasLongName(std::string_view path) {
  std::size_t length = 0;
  return std::ranges::any_of(path, [&](char c) { return (length = c == '/' ? 0 : length + 1) > kNameBytesMax; });
}

bool HasControlCharacter(std::string_view path) {
  return std::ranges::any_of(path, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

[[noreturn]] void Refuse(std::string_view path, std::string_view member, const std::string& why) {
  throw Error(kValidation, fmt::format("{} is \"{}\": {}", member, path, why));
}

}  // namespace

std::string PlainPathBelow(std::string_view root, std::string_view path, std::string_view member) {
  std::string_view plain = path;
  if (plain.size() > root.size() + 1 && plain.ends_with('/')) plain.remove_suffix(1);
  if (!IsAtOrBelow(plain, root) || plain.size() < root.size() + 2) {
    Refuse(path, member, fmt::format("it must be a path below {0}, such as {0}/files.", root));
  }
  if (!IsRelativeName(plain.substr(1))) {
    Refuse(path, member, "its parts must be names; none may be empty, \".\" or \"..\".");
  }
  if (HasLongName(plain)) Refuse(path, member, fmt::format("a name in it has more than {} bytes.", kNameBytesMax));
  if (HasControlCharacter(plain)) Refuse(path, member, "it holds a control character.");
  return std::string(plain);
}

std::string ContainerPaths::Take(std::string_view path, std::string_view member) {
  std::string plain = PlainPathBelow(kRoot, path, member);
  for (const std::string& taken : taken_) {
    if (IsAtOrBelow(plain, taken) || IsAtOrBelow(taken, plain)) {
      Refuse(path, member, fmt::format("{} is in use in the container; choose a path apart from it.", taken));
    }
  }
  return taken_.emplace_back(std::move(plain));
}

void CheckDirectoryName(std::string_view name, std::string_view member) {
  if (IsRelativeName(name) && name.find('/') == std::string_view::npos && name.size() <= kNameBytesMax) return;
  throw Error(kValidation, fmt::format("{} is \"{}\", which cannot be the name of a directory.", member, name));
}

}  // namespace sagebrush::sagemaker
