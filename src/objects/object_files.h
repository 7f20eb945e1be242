#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/file.h"
#include "base/write_pacer.h"

namespace sagebrush::objects {

// The files that hold objects' bytes: <root>/data/ab/abcd..., read-only, never changed once they are kept.
// A file that nobody refers to yet has a second name, <root>/new/abcd...: what a crash leaves is found there, without
// looking through all data. Safe to call from any thread.
class ObjectFiles {
 public:
  explicit ObjectFiles(const Path& root);  // Creates the directories.

  Path PathOf(std::string_view name) const;
  // Throws Error(kInternalFailure) when the file is gone.
  FileDescriptor Open(std::string_view name) const;
  // An invalid descriptor: it is gone. As TryOpenForReading.
  FileDescriptor TryOpen(std::string_view name) const;
  void Remove(std::string_view name) const;  // Does nothing when it is gone.

  // Names found in new/: files of writes that were not finished, or finished but not yet tidied.
  std::unordered_set<std::string> Unsettled() const;
  std::vector<std::string> All() const;      // Names found in data/, all of them.
  void Settle(std::string_view name) const;  // Takes away the name in new/.

  // Throws Error(kInsufficientStorage) when the disk is so full that only deleting should go on.
  void RequireSpace() const;
  // Waits until these files, their names included, are on the disk. What others write to it is left alone.
  // Does without those that are gone.
  void Sync(const std::vector<std::string>& names) const;
  // Waits until the disk knows which names of these are there and which are gone.
  void SyncNames(const std::vector<std::string>& names) const;
  // Puts back a small file from its journalled bytes unless it has them.
  void Restore(std::string_view name, std::string_view bytes) const;

  Path UnsettledPath(std::string_view name) const { return new_ / name; }

 private:
  Path data_, new_;
  FileDescriptor root_;
};

// A file being written. Destroyed before Release it is removed.
class NewFile {
 public:
  explicit NewFile(const ObjectFiles& files);
  // A file with the bytes of `source`, a file of this store, without copying where the file system can. Both are then
  // one.
  NewFile(const ObjectFiles& files, const Path& source);
  // The same of an open file that is none of this store yet. One with several names is copied: whoever made them may
  // reach the file by another.
  NewFile(const ObjectFiles& files, const FileDescriptor& source, const std::stop_token& stop);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  const std::string& name() const { return name_; }
  int descriptor() const { return file_.get(); }
  void Append(std::string_view bytes);
  // Bytes [offset, offset + length) of `source`, copied inside the kernel, shared where the file system can.
  void AppendFrom(int source, std::uint64_t offset, std::uint64_t length);
  // Gives it its name in data/; with `durable`, bytes and name are on the disk on return.
  void Keep(bool durable);
  // It is referred to now: the file stays, and somebody else settles it.
  void Release();

 private:
  void Grown(std::size_t bytes);
  void CopyWhole(int source, const std::stop_token& stop);
  void AppendByCopying(int source, std::uint64_t offset, std::uint64_t length);

  const ObjectFiles& files_;
  std::string name_;
  FileDescriptor file_;
  std::uint64_t size_ = 0;
  WritePacer pacer_;
  bool released_ = false;
};

// Calls `each` with the bytes of a part of a file, in pieces. As ReadAt.
void ReadFileRange(int file, std::uint64_t offset, std::uint64_t length,
                   const std::function<void(std::string_view)>& each);

}  // namespace sagebrush::objects
