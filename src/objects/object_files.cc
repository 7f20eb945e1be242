#include "objects/object_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "base/encoding.h"
#include "base/error.h"
#include "base/id.h"
#include "objects/errors.h"
#include "store/sqlite_connection.h"

namespace sagebrush::objects {
namespace {

constexpr std::size_t kPiece = 1 << 20;
constexpr std::uint64_t kCopiedAtOnce = 16 << 20;  // By the kernel, which may share them instead.
constexpr int kReadOnly = 0400;

// Space that writes of objects leave alone, so that on a full disk there is still room to delete some.
constexpr std::uint64_t kReserve = 64 << 20;

[[noreturn]] void FailWrite(const Path& path) {
  if (errno == ENOSPC || errno == EDQUOT) {
    throw Error(kInsufficientStorage,
                "The disk that holds the objects is full, so the object was not stored. Free "
                "some space and try again.");
  }
  if (errno == EIO) throw store::DiskFailed(path.string(), "input/output error");
  ThrowSystemError("Cannot write " + path.string());
}

void Link(const Path& from, const Path& to) {
  if (::link(from.c_str(), to.c_str()) != 0) FailWrite(to);
}

}  // namespace

ObjectFiles::ObjectFiles(const Path& root) : data_(root / "data"), new_(root / "new") {
  std::filesystem::create_directories(new_);
  for (int shard = 0; shard < 256; ++shard) {
    std::filesystem::create_directories(data_ / ToHex(std::string(1, static_cast<char>(shard))));
  }
  root_ = OpenFile(root, O_RDONLY | O_DIRECTORY);
}

Path ObjectFiles::PathOf(std::string_view name) const { return data_ / name.substr(0, 2) / name; }

FileDescriptor ObjectFiles::Open(std::string_view name) const { return OpenFile(PathOf(name), O_RDONLY); }

FileDescriptor ObjectFiles::TryOpen(std::string_view name) const { return TryOpenForReading(PathOf(name)); }

void ObjectFiles::Remove(std::string_view name) const { ::unlink(PathOf(name).c_str()); }

std::unordered_set<std::string> ObjectFiles::Unsettled() const {
  std::unordered_set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(new_)) names.insert(entry.path().filename().string());
  return names;
}

std::vector<std::string> ObjectFiles::All() const {
  std::vector<std::string> names;
  for (const auto& shard : std::filesystem::directory_iterator(data_)) {
    if (!shard.is_directory()) continue;
    for (const auto& entry : std::filesystem::directory_iterator(shard.path())) {
      names.push_back(entry.path().filename().string());
    }
  }
  return names;
}

void ObjectFiles::Settle(std::string_view name) const { ::unlink(UnsettledPath(name).c_str()); }

void ObjectFiles::Sync(const std::vector<std::string>& names) const {
  std::vector<FileDescriptor> files;
  for (const std::string& name : names) {
    FileDescriptor file = TryOpen(name);
    if (!file.valid()) continue;
    files.push_back(std::move(file));
  }
  // The disk has all their bytes before the first sync asks: that one makes the file system write its journal, and the
  // others find that done (512 files: 40 ms; with syncs alone 3 s, with syncfs 180 ms and all that others write).
  for (const unsigned step : {SYNC_FILE_RANGE_WRITE, SYNC_FILE_RANGE_WAIT_BEFORE}) {
    for (const FileDescriptor& file : files) ::sync_file_range(file.get(), 0, 0, step);
  }
  for (const FileDescriptor& file : files) {
    if (::fdatasync(file.get()) != 0) ThrowSystemError("Cannot sync a file in " + data_.string());
  }
  SyncNames(names);
}

void ObjectFiles::SyncNames(const std::vector<std::string>& names) const {
  std::set<Path> directories;
  for (const std::string& name : names) directories.insert(PathOf(name).parent_path());
  for (const Path& directory : directories) SyncDirectory(directory);
}

void ObjectFiles::Restore(std::string_view name, std::string_view bytes) const {
  const Path path = PathOf(name);
  if (const auto held = ReadFileIfExists(path); held && *held == bytes) return;
  const Path temporary = UnsettledPath(name).string() + ".restored";
  ::unlink(temporary.c_str());
  const FileDescriptor file = OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL, kReadOnly);
  WriteAll(file.get(), bytes);
  if (::rename(temporary.c_str(), path.c_str()) != 0) ThrowSystemError("Cannot restore " + path.string());
}

void ObjectFiles::RequireSpace() const {
  struct statvfs status{};
  if (::fstatvfs(root_.get(), &status) != 0 || status.f_bavail * status.f_frsize >= kReserve) return;
  errno = ENOSPC;
  FailWrite(new_ / "");
}

NewFile::NewFile(const ObjectFiles& files) : files_(files), name_(ToHex(RandomBytes(16))) {
  files.RequireSpace();
  const Path path = files.UnsettledPath(name_);
  file_ = FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kReadOnly));
  if (!file_.valid()) FailWrite(path);
}

NewFile::NewFile(const ObjectFiles& files, const Path& source) : files_(files), name_(ToHex(RandomBytes(16))) {
  const Path path = files.UnsettledPath(name_);
  if (::link(source.c_str(), path.c_str()) == 0) {
    file_ = OpenFile(path, O_RDONLY);
    // It may have been made by a workload, as another user and with any bits.
    if (::fchown(file_.get(), ::geteuid(), ::getegid()) != 0 || ::fchmod(file_.get(), kReadOnly) != 0) FailWrite(path);
    return;
  }
  if (errno != EXDEV && errno != EPERM && errno != EMLINK) ThrowSystemError("Cannot take over " + source.string());
  CopyWhole(OpenFile(source, O_RDONLY).get(), {});
}

NewFile::NewFile(const ObjectFiles& files, const FileDescriptor& source, const std::stop_token& stop)
    : files_(files), name_(ToHex(RandomBytes(16))) {
  const Path path = files.UnsettledPath(name_);
  struct stat status{};
  if (::fstat(source.get(), &status) != 0 || !S_ISREG(status.st_mode)) ThrowSystemError("Cannot store a file");
  if (status.st_nlink == 1) {
    // Whose it was, setuid bits included, ends before it has a name here.
    const bool ours = (status.st_uid == ::geteuid() || ::fchown(source.get(), ::geteuid(), ::getegid()) == 0) &&
                      ::fchmod(source.get(), kReadOnly) == 0;
    const std::string held = "/proc/self/fd/" + std::to_string(source.get());
    if (ours && ::linkat(AT_FDCWD, held.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      file_ = OpenFile(path, O_RDONLY);
      return;
    }
  }
  CopyWhole(source.get(), stop);
}

void NewFile::CopyWhole(int source, const std::stop_token& stop) {
  files_.RequireSpace();
  struct stat status{};
  if (::fstat(source, &status) != 0) ThrowSystemError("Cannot read a file");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  file_ = OpenFile(files_.UnsettledPath(name_), O_RDWR | O_CREAT | O_EXCL, kReadOnly);
  for (std::uint64_t at = 0; at < size; at += std::min(kCopiedAtOnce, size - at)) {
    if (stop.stop_requested()) throw Error(kServiceUnavailable, "The server is stopping.");
    AppendFrom(source, at, std::min(kCopiedAtOnce, size - at));
  }
}

NewFile::~NewFile() {
  if (released_) return;
  files_.Remove(name_);
  files_.Settle(name_);
}

void NewFile::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file_.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) FailWrite(files_.UnsettledPath(name_));
    bytes.remove_prefix(static_cast<std::size_t>(n));
    Grown(static_cast<std::size_t>(n));
  }
}

void NewFile::Grown(std::size_t bytes) {
  size_ += bytes;
  if (pacer_.Reached(file_.get(), size_)) files_.RequireSpace();
}

void NewFile::AppendFrom(int source, std::uint64_t offset, std::uint64_t length) {
  auto position = static_cast<loff_t>(offset);
  while (length > 0) {
    const ssize_t n = ::copy_file_range(source, &position, file_.get(), nullptr, std::min(length, kCopiedAtOnce), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS)) {
      return AppendByCopying(source, static_cast<std::uint64_t>(position), length);
    }
    if (n < 0) FailWrite(files_.UnsettledPath(name_));
    if (n == 0) throw Error(kInternalFailure, "A file of the object store is shorter than it was; check the disk.");
    length -= static_cast<std::uint64_t>(n);
    Grown(static_cast<std::size_t>(n));
  }
}

void NewFile::AppendByCopying(int source, std::uint64_t offset, std::uint64_t length) {
  ReadFileRange(source, offset, length, [this](std::string_view bytes) { Append(bytes); });
}

void NewFile::Keep(bool durable) {
  const Path path = files_.PathOf(name_);
  Link(files_.UnsettledPath(name_), path);
  if (!durable) return;
  const FileDescriptor directory = OpenFile(path.parent_path(), O_RDONLY | O_DIRECTORY);
  if (::fsync(file_.get()) != 0 || ::fsync(directory.get()) != 0) FailWrite(path);
}

void NewFile::Release() { released_ = true; }

void ReadFileRange(int file, std::uint64_t offset, std::uint64_t length,
                   const std::function<void(std::string_view)>& each) {
  std::string buffer(std::min<std::uint64_t>(length, kPiece), '\0');
  while (length > 0) {
    const std::size_t n = ReadAt(file, offset, buffer.data(), std::min<std::uint64_t>(length, buffer.size()));
    if (n == 0) throw Error(kInternalFailure, "A file of the object store is shorter than it was; check the disk.");
    each(std::string_view(buffer.data(), n));
    offset += n;
    length -= n;
  }
}

}  // namespace sagebrush::objects
