#include "sagemaker/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"

namespace sagebrush::sagemaker {
namespace {

namespace fs = std::filesystem;

using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;
using Writer = std::unique_ptr<archive, decltype(&archive_write_free)>;
using Entry = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

[[noreturn]] void ThrowArchive(archive* a, const ErrorKind& kind, const Path& path) {
  if (archive_errno(a) == ENOSPC) {
    throw Error(kServiceUnavailable,
                fmt::format("The disk that holds {} is full. Free some space and try again.", path.string()));
  }
  const char* text = archive_error_string(a);
  throw Error(kind, fmt::format("{} cannot be processed as an archive: {}", path.filename().string(),
                                text == nullptr ? "unknown error" : text));
}

void WriteContent(archive* out, const Path& file, const Path& tar) {
  const FileDescriptor source = OpenFile(file, O_RDONLY | O_NOFOLLOW);
  std::vector<char> buffer(1 << 18);
  for (;;) {
    const ssize_t n = ::read(source.get(), buffer.data(), buffer.size());
    if (n < 0) ThrowSystemError("Cannot read " + file.string());
    if (n == 0) return;
    if (archive_write_data(out, buffer.data(), static_cast<std::size_t>(n)) < 0) {
      ThrowArchive(out, kInternalFailure, tar);
    }
  }
}

void WriteEntry(archive* out, const Path& root, const Path& path, const Path& tar) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) ThrowSystemError("Cannot read " + path.string());
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode) && !S_ISLNK(status.st_mode)) return;
  const Entry entry(archive_entry_new(), archive_entry_free);
  archive_entry_set_pathname(entry.get(), path.lexically_relative(root).c_str());
  archive_entry_set_mode(entry.get(), status.st_mode);
  archive_entry_set_mtime(entry.get(), 0, 0);
  if (S_ISREG(status.st_mode)) archive_entry_set_size(entry.get(), status.st_size);
  if (S_ISLNK(status.st_mode)) archive_entry_set_symlink(entry.get(), fs::read_symlink(path).c_str());
  if (archive_write_header(out, entry.get()) != ARCHIVE_OK) ThrowArchive(out, kInternalFailure, tar);
  if (S_ISREG(status.st_mode)) WriteContent(out, path, tar);
}

// Throws unless `name` stays below the directory it is unpacked in.
void CheckName(const Path& name, const Path& archive_path) {
  if (name.is_absolute() || std::find(name.begin(), name.end(), "..") != name.end()) {
    throw Error(kValidation, fmt::format("{} holds the entry {}, which would be unpacked outside the model directory.",
                                         archive_path.filename().string(), name.string()));
  }
}

// Whose fault it is that an entry cannot be written: the machine's, or that of what the archive asks for (a name that
// is too long, a file in the place of a directory).
const ErrorKind& WriteFailureKind(archive* out) {
  switch (archive_errno(out)) {
    case EACCES:
    case EDQUOT:
    case EIO:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EPERM:
    case EROFS:
      return kInternalFailure;
    default:
      return kValidation;
  }
}

void CheckLink(archive_entry* entry, const Path& archive_path) {
  const Path name = archive_entry_pathname(entry);
  if (const char* target = archive_entry_hardlink(entry)) CheckName(target, archive_path);
  if (const char* target = archive_entry_symlink(entry)) {
    if (Path(target).is_absolute()) CheckName(target, archive_path);
    const Path led = (name.parent_path() / target).lexically_normal();
    if (!led.empty() && *led.begin() == "..") CheckName(led, archive_path);
  }
}

// Counts what is unpacked. A file counts with its whole length, holes too: who reads it reads all of that.
class Allowance {
 public:
  Allowance(const Path& archive_path, std::int64_t bytes_max) : archive_path_(archive_path), bytes_left_(bytes_max) {}

  // The next entry is of this length, as the archive says; it may be longer.
  void Begin(std::int64_t length) {
    length_ = 0;
    Extend(0, length);
  }
  // It has `size` bytes at `offset`.
  void Extend(std::int64_t offset, std::int64_t size) {
    if (offset > bytes_left_ + length_ || size > bytes_left_ + length_ - offset) {
      throw Error(kValidation, fmt::format("{} unpacks to more than the volume holds; choose a larger VolumeSizeInGB.",
                                           archive_path_.filename().string()));
    }
    const std::int64_t more = std::max<std::int64_t>(offset + size - length_, 0);
    length_ += more;
    bytes_left_ -= more;
  }

 private:
  const Path& archive_path_;
  std::int64_t bytes_left_;
  std::int64_t length_ = 0;  // Of the entry.
};

void CopyEntry(archive* in, archive* out, const Path& path, Allowance& allowance) {
  const void* block = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  for (;;) {
    const int result = archive_read_data_block(in, &block, &size, &offset);
    if (result == ARCHIVE_EOF) return;
    if (result < ARCHIVE_WARN) ThrowArchive(in, kValidation, path);
    allowance.Extend(offset, static_cast<std::int64_t>(size));
    if (archive_write_data_block(out, block, size, offset) < ARCHIVE_WARN)
      ThrowArchive(out, WriteFailureKind(out), path);
  }
}

void UnpackEntry(archive* in, archive* out, archive_entry* entry, const Path& archive_path, const Path& directory,
                 Allowance& allowance) {
  const char* text = archive_entry_pathname(entry);
  const Path name = text == nullptr ? "" : text;
  const auto type = archive_entry_filetype(entry);
  // Only a directory can be the one that is unpacked into ("./").
  const Path last = name.lexically_normal().filename();
  if ((last.empty() || last == ".") && type != AE_IFDIR) {
    throw Error(kValidation, archive_path.filename().string() + " holds an entry without a name.");
  }
  CheckName(name, archive_path);
  CheckLink(entry, archive_path);
  if (type != AE_IFREG && type != AE_IFDIR && type != AE_IFLNK && archive_entry_hardlink(entry) == nullptr) {
    throw Error(kValidation, fmt::format("{} holds {}, which is neither file, directory nor link.",
                                         archive_path.filename().string(), name.string()));
  }
  allowance.Begin(archive_entry_hardlink(entry) == nullptr ? archive_entry_size(entry) : 0);
  archive_entry_set_pathname(entry, (directory / name).c_str());
  if (const char* link = archive_entry_hardlink(entry)) archive_entry_set_hardlink(entry, (directory / link).c_str());
  archive_entry_set_perm(entry, type == AE_IFDIR ? 0755 : (archive_entry_perm(entry) & 0111 ? 0755 : 0644));
  if (archive_write_header(out, entry) < ARCHIVE_WARN) ThrowArchive(out, WriteFailureKind(out), archive_path);
  CopyEntry(in, out, archive_path, allowance);
  if (archive_write_finish_entry(out) < ARCHIVE_WARN) ThrowArchive(out, WriteFailureKind(out), archive_path);
}

}  // namespace

void PackDirectory(const Path& directory, const Path& tar_gz) {
  std::vector<Path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  const Writer out(archive_write_new(), archive_write_free);
  archive_write_set_format_pax_restricted(out.get());
  archive_write_add_filter_gzip(out.get());
  // No time stamp in the gzip header: the same model gives the same bytes.
  archive_write_set_filter_option(out.get(), "gzip", "timestamp", nullptr);
  if (archive_write_open_filename(out.get(), tar_gz.c_str()) != ARCHIVE_OK)
    ThrowArchive(out.get(), kInternalFailure, tar_gz);
  for (const Path& path : paths) WriteEntry(out.get(), directory, path, tar_gz);
  if (archive_write_close(out.get()) != ARCHIVE_OK) ThrowArchive(out.get(), kInternalFailure, tar_gz);
}

void UnpackArchive(const Path& archive_path, const Path& directory, std::int64_t bytes_max) {
  const Reader in(archive_read_new(), archive_read_free);
  archive_read_support_filter_gzip(in.get());
  archive_read_support_format_tar(in.get());
  archive_read_support_format_zip(in.get());
  if (archive_read_open_filename(in.get(), archive_path.c_str(), 1 << 18) != ARCHIVE_OK) {
    ThrowArchive(in.get(), kValidation, archive_path);
  }
  const Writer out(archive_write_disk_new(), archive_write_free);
  archive_write_disk_set_options(out.get(), ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_SECURE_NODOTDOT |
                                                ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_UNLINK);
  Allowance allowance(archive_path, bytes_max);
  for (;;) {
    archive_entry* entry = nullptr;
    const int result = archive_read_next_header(in.get(), &entry);
    if (result == ARCHIVE_EOF) return;
    if (result < ARCHIVE_WARN) ThrowArchive(in.get(), kValidation, archive_path);
    UnpackEntry(in.get(), out.get(), entry, archive_path, directory, allowance);
  }
}

}  // namespace sagebrush::sagemaker
