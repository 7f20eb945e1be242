#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "base/directory.h"

namespace sagebrush::sagemaker {

// A directory of a workload as its user knows it: where it is inside, and what may be in it.
struct WorkloadTree {
  const Directory& directory;
  Path seen_as;  // "/opt/ml/model".
  // Of all files together. A file counts with its whole length, holes too: who reads it reads all of that.
  std::int64_t bytes_max = 0;
};

// Takes a line for the user about something that was left out.
using Notice = std::function<void(const std::string&)>;

// Throws Error(kValidation) when the files have more bytes than they may have or the tree is too large or deep to be
// read; Error(kServiceUnavailable) once a stop is asked for.
std::int64_t TreeBytes(const WorkloadTree& tree, const std::stop_token& stop = {});

// Packs what is in a directory (regular files, directories, and symbolic links that stay inside; names relative to it)
// into a gzip-compressed tar file. The same tree gives the same bytes: owners, times and all of the modes but "may be
// executed" are left away. No link is followed. Throws as TreeBytes does.
void PackDirectory(const WorkloadTree& tree, const Path& tar_gz, const Notice& notice = {},
                   const std::stop_token& stop = {});

// Unpacks a .tar.gz (or plain .tar, .zip) below a directory, which may be written to by nobody else. A root entry ("/",
// "./") is that directory, and a name that begins with "/" is below it. Nothing is written outside it: entries with
// "..", devices, or links that lead out are refused. Throws Error(kValidation) that says what is wrong with the
// archive; what was unpacked so far stays. Throws Error(kServiceUnavailable) once a stop is asked for.
void UnpackArchive(const Path& archive, const WorkloadTree& tree, const std::stop_token& stop = {});

}  // namespace sagebrush::sagemaker
