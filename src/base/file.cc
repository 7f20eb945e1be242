#include "base/file.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

#include "base/error.h"
#include "base/memory_only.h"

namespace sagebrush {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    Close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void FileDescriptor::Close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

FileDescriptor OpenFile(const Path& path, int flags, int mode) {
  FileDescriptor file(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!file.valid()) ThrowSystemError("Cannot open " + path.string());
  return file;
}

namespace {
std::string ReadRest(int fd, const Path& path) {
  std::string out;
  struct stat status{};
  if (::fstat(fd, &status) == 0 && status.st_size > 0) out.reserve(static_cast<std::size_t>(status.st_size));
  char buffer[1 << 16];
  for (;;) {
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) ThrowSystemError("Cannot read " + path.string());
    if (n == 0) return out;
    out.append(buffer, static_cast<std::size_t>(n));
  }
}
}  // namespace

std::string ReadFile(const Path& path) { return ReadRest(OpenFile(path, O_RDONLY).get(), path); }

std::optional<std::string> ReadFileIfExists(const Path& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!file.valid()) ThrowSystemError("Cannot open " + path.string());
  return ReadRest(file.get(), path);
}

FileDescriptor TryOpenForReading(const Path& path) {
  constexpr int kFlags = O_RDONLY | O_CLOEXEC;
  if (MemoryOnly::Applies()) {
    struct open_how how{};
    how.flags = kFlags;
    how.resolve = RESOLVE_CACHED;
    FileDescriptor file(static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how)));
    if (!file.valid() && errno != ENOENT) throw MustWait();  // Kernels before 5.12 cannot tell.
    return file;
  }
  FileDescriptor file(::open(path.c_str(), kFlags));
  if (!file.valid() && errno != ENOENT) ThrowSystemError("Cannot open " + path.string());
  return file;
}

std::size_t ReadAt(int fd, std::uint64_t offset, char* out, std::size_t size) {
  const bool may_wait = !MemoryOnly::Applies();
  const iovec piece{out, size};
  for (;;) {
    const ssize_t n = ::preadv2(fd, &piece, 1, static_cast<off_t>(offset), may_wait ? 0 : RWF_NOWAIT);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EINTR) continue;
    if (!may_wait && (errno == EAGAIN || errno == EOPNOTSUPP)) throw MustWait();
    ThrowSystemError("Cannot read a file");
  }
}

void WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) ThrowSystemError("Cannot write");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::vector<Path> EntriesOf(const Path& directory) {
  std::vector<Path> paths;
  std::error_code failure;
  for (std::filesystem::directory_iterator at(directory, failure), end; !failure && at != end; at.increment(failure)) {
    paths.push_back(at->path());
  }
  if (failure && failure != std::errc::no_such_file_or_directory) {
    throw Error(kInternalFailure, fmt::format("Cannot list {}: {}", directory.string(), failure.message()));
  }
  return paths;
}

void SyncDirectory(const Path& directory) {
  const FileDescriptor handle = OpenFile(directory, O_RDONLY | O_DIRECTORY);
  if (::fsync(handle.get()) != 0) ThrowSystemError("Cannot sync " + directory.string());
}

void WriteFileDurably(const Path& path, std::string_view bytes, int mode) {
  std::string temporary = path.string() + ".XXXXXX.tmp";
  const FileDescriptor file(::mkostemps(temporary.data(), 4, O_CLOEXEC));
  if (!file.valid()) ThrowSystemError("Cannot create " + temporary);
  try {
    if (::fchmod(file.get(), static_cast<mode_t>(mode)) != 0) ThrowSystemError("Cannot set the mode of " + temporary);
    WriteAll(file.get(), bytes);
    if (::fsync(file.get()) != 0) ThrowSystemError("Cannot sync " + temporary);
    if (::rename(temporary.c_str(), path.c_str()) != 0) ThrowSystemError("Cannot rename to " + path.string());
  } catch (const Error&) {
    ::unlink(temporary.c_str());
    throw;
  }
  SyncDirectory(path.parent_path().empty() ? Path(".") : path.parent_path());
}

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "sagebrush-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) ThrowSystemError("Cannot make a temporary directory");
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace sagebrush
