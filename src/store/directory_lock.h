#pragma once

#include "base/file.h"

namespace sagebrush::store {

// Makes sure that nobody else uses the data directory, as long as the descriptor is open; it goes with the process,
// however that ends. Makes the directory when it is missing. Throws Error, naming the process that holds it.
FileDescriptor LockDirectory(const Path& directory);

}  // namespace sagebrush::store
