#pragma once

#include <cstdint>

#include "base/file.h"

namespace sagebrush::sagemaker {

// Packs what is in `directory` (regular files, directories and symbolic links; names relative to it) into a
// gzip-compressed tar file. The same tree gives the same bytes. Throws Error.
void PackDirectory(const Path& directory, const Path& tar_gz);

// Unpacks a .tar.gz (or plain .tar, .zip) below `directory`, which exists. Nothing is written outside it: entries with
// absolute names, "..", devices, or links that lead out are refused. Throws Error(kValidation) that says what is wrong
// with the archive; what was unpacked so far stays.
void UnpackArchive(const Path& archive, const Path& directory, std::int64_t bytes_max);

}  // namespace sagebrush::sagemaker
