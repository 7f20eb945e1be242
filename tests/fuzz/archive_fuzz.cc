// links: sagemaker
// A model archive from anywhere unpacks inside its directory and within its limit, or is refused.
#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "sagemaker/archive.h"

namespace fs = std::filesystem;

namespace {
constexpr std::int64_t kBytesMax = 100'000;

// Of this process, in memory.
const sagebrush::Path& Root() {
  static const sagebrush::Path root = [] {
    const sagebrush::Path path = "/dev/shm/sagebrush-archive-fuzz." + std::to_string(::getpid());
    fs::create_directories(path);
    std::atexit([] { fs::remove_all("/dev/shm/sagebrush-archive-fuzz." + std::to_string(::getpid())); });
    return path;
  }();
  return root;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush;
  const Path archive = Root() / "model.tar.gz", directory = Root() / "a" / "b" / "model";
  fs::remove_all(Root() / "a");
  fs::create_directories(directory);
  WriteAll(OpenFile(archive, O_WRONLY | O_CREAT | O_TRUNC).get(), {reinterpret_cast<const char*>(data), size});
  try {
    sagemaker::UnpackArchive(archive, directory, kBytesMax);
  } catch (const Error& error) {
    if (error.kind().code != kValidation.code) __builtin_trap();
  }
  std::uintmax_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_symlink() && !fs::weakly_canonical(entry.path()).string().starts_with(directory.string())) {
      __builtin_trap();
    }
    if (entry.is_regular_file() && !entry.is_symlink()) bytes += entry.file_size();
  }
  if (bytes > kBytesMax || std::distance(fs::directory_iterator(Root() / "a" / "b"), {}) != 1) __builtin_trap();
  return 0;
}
