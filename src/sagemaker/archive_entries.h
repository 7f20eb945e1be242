#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

// What packing and unpacking share.
namespace sagebrush::sagemaker {

using ArchiveReader = std::unique_ptr<archive, decltype(&archive_read_free)>;
using ArchiveWriter = std::unique_ptr<archive, decltype(&archive_write_free)>;
using ArchiveEntry = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

// The name below the root that `name` means: without "/" at its beginning, "." and empty parts; parts before ".." are
// taken away. "": the root itself. nullopt: it leads out of the root.
std::optional<std::string> NameBelowRoot(std::string_view name);

// Where the symbolic link `name` leads to with `target`, when that stays below the root: a target relative to the
// link's own directory. An absolute target stays inside below `seen_as`, where the workload has the root.
std::optional<std::string> LinkTargetInside(std::string_view name, std::string_view target, std::string_view seen_as);

// For the failure of a write on the server's own disk, errno being `error`.
[[noreturn]] void ThrowDiskError(int error);

// Gives the thread UTF-8 as the character set of names while it lives: libarchive converts by the locale.
class Utf8Names {
 public:
  Utf8Names();
  ~Utf8Names();
  Utf8Names(const Utf8Names&) = delete;

 private:
  locale_t own_, before_;
};

}  // namespace sagebrush::sagemaker
