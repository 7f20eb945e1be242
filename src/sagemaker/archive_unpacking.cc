#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/write_pacer.h"
#include "sagemaker/archive.h"
#include "sagemaker/archive_entries.h"

namespace sagebrush::sagemaker {
namespace {

// Of all entries together, with the directories on the way to them: each takes an inode of the server's disk.
constexpr std::int64_t kNamesMax = 2'000'000;

class Unpacking {
 public:
  Unpacking(const Path& path, const WorkloadTree& tree, const std::stop_token& stop)
      : path_(path), tree_(tree), stop_(stop), bytes_left_(tree.bytes_max), in_(archive_read_new(), archive_read_free) {
    archive_read_support_filter_gzip(in_.get());
    archive_read_support_format_tar(in_.get());
    archive_read_support_format_zip(in_.get());
    if (archive_read_open_filename(in_.get(), path.c_str(), 1 << 18) != ARCHIVE_OK) RefuseArchive();
  }

  void Run() {
    for (;;) {
      archive_entry* entry = nullptr;
      const int result = archive_read_next_header(in_.get(), &entry);
      if (result == ARCHIVE_EOF) return;
      if (result < ARCHIVE_WARN) RefuseArchive();
      Unpack(entry);
    }
  }

 private:
  [[noreturn]] void Refuse(const std::string& what) const {
    throw Error(kValidation, fmt::format("{} {}", path_.filename().string(), what));
  }
  [[noreturn]] void RefuseArchive() const {
    const char* text = archive_error_string(in_.get());
    Refuse(std::string("cannot be processed as an archive: ") + (text == nullptr ? "unknown error" : text));
  }
  [[noreturn]] void RefuseName(std::string_view name) const {
    Refuse(
        fmt::format("holds the entry {}, which cannot have that name: it or a part of it is too long, or a file is "
                    "in the place of a directory.",
                    name));
  }

  std::string Below(std::string_view name) const {
    if (auto below = NameBelowRoot(name)) return *below;
    Refuse(fmt::format("holds the entry {}, which would be unpacked outside the model directory.", name));
  }

  void Unpack(archive_entry* entry) {
    CheckStop();
    const char* text = archive_entry_pathname(entry);
    if (text == nullptr) text = archive_entry_pathname_utf8(entry);
    const std::string given = text == nullptr ? "" : text;
    const std::string name = Below(given);
    const auto type = archive_entry_filetype(entry);
    names_ += 1 + std::ranges::count(name, '/');
    if (names_ > kNamesMax) Refuse(fmt::format("holds more than {} names.", kNamesMax));
    if (type == AE_IFDIR) {
      if (!name.empty() && !tree_.directory.Make(name)) RefuseName(given);
      return;
    }
    // Else it would take the place of the directory itself.
    if (name.empty() || given.ends_with('/') || given.ends_with("/.")) Refuse("holds an entry without a name.");
    if (const char* target = archive_entry_hardlink(entry)) return HardLink(name, target);
    if (type == AE_IFLNK) return SymbolicLink(name, archive_entry_symlink(entry));
    if (type != AE_IFREG) Refuse(fmt::format("holds {}, which is neither file, directory nor link.", given));
    File(entry, name);
  }

  void MakeParent(const std::string& name) const {
    const std::size_t slash = name.rfind('/');
    if (slash != std::string::npos && !tree_.directory.Make(name.substr(0, slash))) RefuseName(name);
  }

  void HardLink(const std::string& name, const char* target) const {
    const std::string below = Below(target);
    const FileDescriptor file = tree_.directory.OpenFile(below);
    if (!file.valid()) Refuse(fmt::format("holds {}, a link to {}, which is no file before it.", name, target));
    MakeParent(name);
    if (below != name && !tree_.directory.NameFile(name, file)) RefuseName(name);
  }

  void SymbolicLink(const std::string& name, const char* text) const {
    const std::string given = text == nullptr ? "" : text;
    const auto target = LinkTargetInside(name, given, tree_.seen_as.string());
    if (!target) Refuse(fmt::format("holds the link {} to {}, which leads out of the model directory.", name, given));
    MakeParent(name);
    if (!tree_.directory.CreateLink(name, *target)) RefuseName(name);
  }

  void File(archive_entry* entry, const std::string& name) {
    length_ = 0;
    Extend(0, archive_entry_size(entry));
    MakeParent(name);
    const FileDescriptor file = tree_.directory.CreateFile(name, (archive_entry_perm(entry) & 0111) != 0 ? 0755 : 0644);
    if (!file.valid()) RefuseName(name);
    WritePacer pacer;
    const void* block = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    for (;;) {
      CheckStop();
      const int result = archive_read_data_block(in_.get(), &block, &size, &offset);
      if (result == ARCHIVE_EOF) break;
      if (result < ARCHIVE_WARN) RefuseArchive();
      Extend(offset, static_cast<std::int64_t>(size));
      Write(file.get(), {static_cast<const char*>(block), size}, offset);
      pacer.Reached(file.get(), static_cast<std::uint64_t>(offset) + size);
    }
    if (::ftruncate(file.get(), length_) != 0) ThrowDiskError(errno);  // What ends in a hole.
  }

  static void Write(int file, std::string_view bytes, std::int64_t offset) {
    while (!bytes.empty()) {
      const ssize_t n = ::pwrite(file, bytes.data(), bytes.size(), offset);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) ThrowDiskError(errno);
      bytes.remove_prefix(static_cast<std::size_t>(n));
      offset += n;
    }
  }

  // The file has `size` bytes at `offset`, or is at least that long. It may be longer than the archive says.
  void Extend(std::int64_t offset, std::int64_t size) {
    if (offset < 0 || size < 0 || offset > bytes_left_ + length_ || size > bytes_left_ + length_ - offset) {
      Refuse("unpacks to more than the volume holds; choose a larger VolumeSizeInGB.");
    }
    const std::int64_t more = std::max<std::int64_t>(offset + size - length_, 0);
    length_ += more;
    bytes_left_ -= more;
  }

  void CheckStop() const {
    if (stop_.stop_requested()) throw Error(kServiceUnavailable, "The server is stopping.");
  }

  const Path& path_;
  const WorkloadTree& tree_;
  const std::stop_token& stop_;
  std::int64_t bytes_left_;
  std::int64_t length_ = 0;  // Of the file.
  std::int64_t names_ = 0;
  Utf8Names utf8_;
  ArchiveReader in_;
};

}  // namespace

void UnpackArchive(const Path& archive, const WorkloadTree& tree, const std::stop_token& stop) {
  Unpacking(archive, tree, stop).Run();
}

}  // namespace sagebrush::sagemaker
