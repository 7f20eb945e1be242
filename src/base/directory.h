#pragma once

#include <sys/stat.h>

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/file.h"

namespace sagebrush {

// A directory in which somebody else may write, also now. It is opened once; all that is in it is reached from there,
// beneath it, whatever anybody renames or replaces meanwhile: no link is followed and no mount entered, nothing but
// regular files and directories is opened, and opening never waits (a pipe). Names are bytes.
// A name may have several parts ("a/b"). One that is empty, absolute, or has a part that is empty, "." or "..", or
// holds a NUL, names nothing. Safe to use from any thread.
class Directory {
 public:
  // `path` is trusted but for its last name: a link there is refused. Throws Error(kInternalFailure).
  explicit Directory(const Path& path);
  explicit Directory(FileDescriptor directory) : directory_(std::move(directory)) {}

  int descriptor() const { return directory_.get(); }

  // nullopt, an invalid descriptor: there is none of that kind. What the owner may not read is made readable for the
  // owner. Throws Error(kInternalFailure) when the machine is at fault.
  std::optional<Directory> Open(std::string_view name) const;
  FileDescriptor OpenFile(std::string_view name) const;  // To read.
  std::string ReadLink(std::string_view name) const;     // Empty: it is no link.

  bool IsMissing(std::string_view name) const;  // Nothing of any kind is there.

  // Makes those parts of `name` that are missing. nullopt: something else than a directory is in the way, or the name
  // is too long.
  std::optional<Directory> Make(std::string_view name, unsigned mode = 0755) const;
  // These take the place of what had the name before, unless that is a directory; the directory of the name exists.
  // Invalid, false: it cannot have that name.
  FileDescriptor CreateFile(std::string_view name, unsigned mode = 0644) const;  // To write.
  bool CreateLink(std::string_view name, const std::string& target) const;       // Symbolic.
  bool NameFile(std::string_view name, const FileDescriptor& file) const;        // One more name of an open file.

 private:
  // Calls `work` with the directory of `name` and its last part, once nothing has that name. False: it is not there.
  bool InPlaceOf(std::string_view name, const std::function<bool(int directory, const char* last)>& work) const;

  FileDescriptor directory_;
};

// Whether `name` has the form that Directory takes.
bool IsRelativeName(std::string_view name);

// Deletes `path` with all that is in it, however deep, with a few descriptors and little memory; follows no links.
// True: nothing is there any more. False: something could not be deleted, or a stop was asked for; call again.
bool RemoveTree(const Path& path, const std::stop_token& stop = {});

}  // namespace sagebrush
