#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sagebrush {

using Path = std::filesystem::path;

// Owns a file descriptor; closes it on destruction.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { Close(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int Release() { return std::exchange(fd_, -1); }
  void Close();

 private:
  int fd_ = -1;
};

// Throws Error(kInternalFailure) that names the file.
FileDescriptor OpenFile(const Path& path, int flags, int mode = 0600);
std::string ReadFile(const Path& path);
// nullopt: no such file.
std::optional<std::string> ReadFileIfExists(const Path& path);
// Opens a file for reading; an invalid descriptor: there is none of that name. Where a MemoryOnly lives (memory_only.h)
// it throws MustWait rather than wait for the disk.
FileDescriptor TryOpenForReading(const Path& path);
// Reads up to `size` bytes from `offset` on; 0: the file ends there. Waits as TryOpenForReading. Throws
// Error(kInternalFailure).
std::size_t ReadAt(int fd, std::uint64_t offset, char* out, std::size_t size);
// Writes all of `bytes`, retrying short writes.
void WriteAll(int fd, std::string_view bytes);
// Replaces `path` as a whole: after a crash it holds the old bytes or the new ones. Durable on return.
void WriteFileDurably(const Path& path, std::string_view bytes, int mode = 0600);
void SyncDirectory(const Path& directory);
// What is in a directory that only the server writes, in no order. Empty: there is none of that name. Throws
// Error(kInternalFailure) when it cannot be read: nobody is to take that for empty.
std::vector<Path> EntriesOf(const Path& directory);

// A new directory that is deleted, with all it holds, on destruction.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  const Path& path() const { return path_; }

 private:
  Path path_;
};

}  // namespace sagebrush
