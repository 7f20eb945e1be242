// links: sagemaker
// A model archive from anywhere unpacks inside its directory and within its limit, or is refused; what was unpacked
// packs, and comes back the same.
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
// False: it was refused.
bool Unpack(const sagebrush::Path& archive, const sagebrush::Path& directory) {
  using namespace sagebrush;
  try {
    sagemaker::UnpackArchive(archive, {Directory(directory), "/opt/ml/model", kBytesMax});
    return true;
  } catch (const Error& error) {
    if (error.kind().code != kValidation.code) __builtin_trap();
    return false;
  }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush;
  const Path archive = Root() / "model.tar.gz", directory = Root() / "a" / "b" / "model";
  fs::remove_all(Root() / "a");
  fs::create_directories(directory);
  WriteAll(OpenFile(archive, O_WRONLY | O_CREAT | O_TRUNC).get(), {reinterpret_cast<const char*>(data), size});
  if (!Unpack(archive, directory)) return 0;
  std::uintmax_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if ((entry.symlink_status().permissions() & (fs::perms::set_uid | fs::perms::set_gid)) != fs::perms::none) {
      __builtin_trap();
    }
    if (entry.is_regular_file() && !entry.is_symlink()) bytes += entry.file_size();
  }
  if (bytes > kBytesMax || std::distance(fs::directory_iterator(Root() / "a" / "b"), {}) != 1) __builtin_trap();
  const Path again = Root() / "a" / "again", packed = Root() / "packed.tar.gz", twice = Root() / "twice.tar.gz";
  fs::create_directories(again);
  try {
    sagemaker::PackDirectory({Directory(directory), "/opt/ml/model", 10 * kBytesMax}, packed);
  } catch (const Error&) {  // A file with many names is packed as many files.
    return 0;
  }
  sagemaker::UnpackArchive(packed, {Directory(again), "/opt/ml/model", 10 * kBytesMax});
  sagemaker::PackDirectory({Directory(again), "/opt/ml/model", 10 * kBytesMax}, twice);
  if (ReadFile(packed) != ReadFile(twice)) __builtin_trap();
  return 0;
}
