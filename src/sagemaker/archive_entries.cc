#include "sagemaker/archive_entries.h"

#include <cerrno>
#include <clocale>
#include <vector>

namespace sagebrush::sagemaker {
namespace {

std::string Join(const std::vector<std::string_view>& parts) { return fmt::format("{}", fmt::join(parts, "/")); }

// False: `path` leads out of the root from where `parts` are.
bool Follow(std::string_view path, std::vector<std::string_view>& parts) {
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (parts.empty()) {
      return false;
    } else {
      parts.pop_back();
    }
  }
  return true;
}

bool IsBelow(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

}  // namespace

std::optional<std::string> NameBelowRoot(std::string_view name) {
  std::vector<std::string_view> parts;
  if (!Follow(name, parts)) return std::nullopt;
  return Join(parts);
}

std::optional<std::string> LinkTargetInside(std::string_view name, std::string_view target, std::string_view seen_as) {
  std::vector<std::string_view> parts, led;
  if (target.empty() || target.find('\0') != std::string_view::npos || !Follow(name, parts) || parts.empty()) {
    return std::nullopt;
  }
  parts.pop_back();  // A link leads on from its directory.
  if (!target.starts_with('/')) {
    led = parts;
    return Follow(target, led) ? std::optional(std::string(target)) : std::nullopt;
  }
  if (!IsBelow(target, seen_as) || !Follow(target.substr(seen_as.size()), led)) return std::nullopt;
  std::string relative;
  for (std::size_t i = 0; i < parts.size(); ++i) relative += "../";
  relative += Join(led);
  return relative.empty() ? "." : relative;
}

void ThrowDiskError(int error) {
  if (error == ENOSPC || error == EDQUOT) {
    throw Error(kServiceUnavailable, "The server's disk is full. Free some space and try again.");
  }
  errno = error;
  ThrowSystemError("Cannot write to the server's disk");
}

Utf8Names::Utf8Names() : own_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), before_(::uselocale(own_)) {}

Utf8Names::~Utf8Names() {
  ::uselocale(before_);
  if (own_ != nullptr) ::freelocale(own_);
}

}  // namespace sagebrush::sagemaker
