#include "store/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.h"

namespace sagebrush::store {

FileDescriptor LockDirectory(const Path& directory) {
  std::filesystem::create_directories(directory);
  const Path path = directory / "lock";
  FileDescriptor file = OpenFile(path, O_RDWR | O_CREAT);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    std::string holder = ReadFile(path);
    while (!holder.empty() && holder.back() == '\n') holder.pop_back();
    throw Error(kInternalFailure, "Another server" + (holder.empty() ? "" : " (process " + holder + ")") +
                                      " is using the data directory " + directory.string() +
                                      ". Stop it first, or give this one another directory with --data.");
  }
  if (::ftruncate(file.get(), 0) == 0) WriteAll(file.get(), std::to_string(::getpid()) + "\n");
  return file;
}

}  // namespace sagebrush::store
