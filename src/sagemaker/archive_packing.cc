#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "base/error.h"
#include "base/tree_walk.h"
#include "base/write_pacer.h"
#include "sagemaker/archive.h"
#include "sagemaker/archive_entries.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::size_t kPiece = 1 << 18;
constexpr std::size_t kNoticesMax = 10;

// A path that is longer can be opened by nobody inside, nor unpacked where the model is deployed.
WalkLimits LimitsOf(const WorkloadTree& tree) {
  return {.seen_as = tree.seen_as.string(), .path_bytes_max = PATH_MAX - 2 - tree.seen_as.string().size()};
}

// Counts the bytes of files on their way.
class Sum {
 public:
  explicit Sum(const WorkloadTree& tree) : tree_(tree) {}

  void Add(std::int64_t bytes) {
    if (bytes <= tree_.bytes_max - bytes_) {
      bytes_ += bytes;
      return;
    }
    throw Error(kValidation,
                fmt::format("The files in {} have more than the {} bytes that the volume holds (a file counts with its "
                            "whole length, holes too). Write less, or choose a larger VolumeSizeInGB.",
                            tree_.seen_as.string(), tree_.bytes_max));
  }
  std::int64_t bytes() const { return bytes_; }

 private:
  const WorkloadTree& tree_;
  std::int64_t bytes_ = 0;
};

class Packing {
 public:
  Packing(const WorkloadTree& tree, const Path& tar_gz, const Notice& notice, const std::stop_token& stop)
      : tree_(tree),
        notice_(notice),
        stop_(stop),
        sum_(tree),
        file_(OpenFile(tar_gz, O_WRONLY | O_CREAT | O_TRUNC)),
        out_(archive_write_new(), archive_write_free) {
    archive_write_set_format_pax_restricted(out_.get());
    archive_write_add_filter_gzip(out_.get());
    // No time stamp in the gzip header: the same model gives the same bytes.
    archive_write_set_filter_option(out_.get(), "gzip", "timestamp", nullptr);
    archive_write_set_bytes_in_last_block(out_.get(), 1);  // No padding.
    Require(archive_write_open(out_.get(), this, nullptr, Write, nullptr));
  }

  // Freeing the archive writes what is missing of a file that was begun, as zeros: of a given up one, until the first
  // write that fails. (archive_write_fail would leave the compressor's memory behind.)
  ~Packing() { file_.Close(); }
  Packing(const Packing&) = delete;

  void Run() {
    TreeWalk walk(tree_.directory, LimitsOf(tree_), stop_);
    while (walk.Next()) Add(walk);
    Require(archive_write_close(out_.get()));
    if (left_out_ > kNoticesMax && notice_) {
      notice_(fmt::format("{} more entries of {} were left out.", left_out_ - kNoticesMax, tree_.seen_as.string()));
    }
  }

 private:
  static la_ssize_t Write(archive* out, void* packing, const void* bytes, std::size_t size) {
    auto& self = *static_cast<Packing*>(packing);
    for (;;) {
      const ssize_t n = ::write(self.file_.get(), bytes, size);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        archive_set_error(out, errno, "%s", std::strerror(errno));
      } else {
        self.pacer_.Reached(self.file_.get(), self.written_ += static_cast<std::uint64_t>(n));
      }
      return n;
    }
  }

  void Require(int result) {
    if (result == ARCHIVE_OK) return;
    const int error = archive_errno(out_.get());
    if (error == ENOSPC || error == EDQUOT || error == EIO) ThrowDiskError(error);
    const char* text = archive_error_string(out_.get());
    throw Error(kInternalFailure, std::string("Cannot pack: ") + (text == nullptr ? "unknown error" : text));
  }

  void Add(const TreeWalk& walk) {
    if (walk.IsFile()) return AddFile(walk);
    if (walk.IsDirectory()) return WriteHeader(walk.path(), AE_IFDIR, 0755, 0);
    if (!walk.IsLink()) return LeaveOut(walk, "it is neither file, directory nor link");
    const auto target = LinkTargetInside(walk.path(), walk.ReadLink(), tree_.seen_as.string());
    if (!target) return LeaveOut(walk, "it is a link that leads out of " + tree_.seen_as.string());
    WriteHeader(walk.path(), AE_IFLNK, 0777, 0, *target);
  }

  void LeaveOut(const TreeWalk& walk, const std::string& why) {
    if (notice_ && ++left_out_ <= kNoticesMax) {
      notice_(fmt::format("{}/{} was left out: {}.", tree_.seen_as.string(), walk.path(), why));
    }
  }

  void WriteHeader(std::string_view name, unsigned type, unsigned mode, std::int64_t size,
                   const std::string& target = "") {
    const ArchiveEntry entry(archive_entry_new(), archive_entry_free);
    archive_entry_set_pathname(entry.get(), std::string(name).c_str());
    archive_entry_set_filetype(entry.get(), type);
    archive_entry_set_perm(entry.get(), mode);
    archive_entry_set_mtime(entry.get(), 0, 0);
    archive_entry_set_size(entry.get(), size);
    if (!target.empty()) archive_entry_set_symlink(entry.get(), target.c_str());
    // A warning: the name is no UTF-8, and is written as the bytes that it is.
    if (const int result = archive_write_header(out_.get(), entry.get()); result != ARCHIVE_WARN) Require(result);
  }

  void AddFile(const TreeWalk& walk) {
    const FileDescriptor file = walk.OpenFile();
    struct stat status{};
    if (!file.valid() || ::fstat(file.get(), &status) != 0) return LeaveOut(walk, "it could not be opened");
    sum_.Add(status.st_size);
    WriteHeader(walk.path(), AE_IFREG, (status.st_mode & 0111) != 0 ? 0755 : 0644, status.st_size);
    std::int64_t left = status.st_size;
    while (left > 0) {
      if (stop_.stop_requested()) throw Error(kServiceUnavailable, "The server is stopping.");
      const ssize_t n = ::read(file.get(), buffer_.data(), std::min(buffer_.size(), static_cast<std::size_t>(left)));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) ThrowSystemError("Cannot read a file of a workload");
      if (n == 0) throw Error(kInternalFailure, "A file of a workload became shorter while it was packed.");
      if (archive_write_data(out_.get(), buffer_.data(), static_cast<std::size_t>(n)) < 0) Require(ARCHIVE_FATAL);
      left -= n;
    }
  }

  const WorkloadTree& tree_;
  const Notice& notice_;
  const std::stop_token& stop_;
  Sum sum_;
  Utf8Names names_;
  FileDescriptor file_;
  WritePacer pacer_;
  std::uint64_t written_ = 0;
  ArchiveWriter out_;  // Writes to file_.
  std::vector<char> buffer_ = std::vector<char>(kPiece);
  std::size_t left_out_ = 0;
};

}  // namespace

std::int64_t TreeBytes(const WorkloadTree& tree, const std::stop_token& stop) {
  Sum sum(tree);
  for (TreeWalk walk(tree.directory, LimitsOf(tree), stop); walk.Next();) {
    if (walk.IsFile()) sum.Add(static_cast<std::int64_t>(walk.status().stx_size));
  }
  return sum.bytes();
}

void PackDirectory(const WorkloadTree& tree, const Path& tar_gz, const Notice& notice, const std::stop_token& stop) {
  Packing(tree, tar_gz, notice, stop).Run();
}

}  // namespace sagebrush::sagemaker
