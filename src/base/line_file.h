#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/file.h"

namespace sagebrush {

struct LogLine {
  Time time;
  Time ingested;
  std::string message;
  std::uint64_t offset = 0;  // Of its record in the file.
  std::uint64_t next = 0;    // Offset of the record after it.
};

// Appends lines to a file that others read at the same time: the form in which a log stream is kept.
// One record a line: [u32 length of the message][u32 crc32c of the rest][i64 time ms][i64 ingestion ms][message].
// Records are written with a single append each, so that a crash leaves at most one torn record at the end, which a new
// writer cuts off. Not thread-safe; one writer a file.
class LineFileWriter {
 public:
  // Creates the file (0600) if missing. With `bytes_max`, the oldest lines are dropped as it grows over that: about a
  // quarter of them at a time. Throws Error.
  explicit LineFileWriter(const Path& path, std::uint64_t bytes_max = 0);
  // The line is readable when the call returns; durable once the system wrote it back or after Sync.
  // Throws Error, and leaves the file as it was, when the disk is full or the message longer than 16 MiB.
  void Append(Time time, Time ingested, std::string_view message);
  void Sync();

 private:
  void CutOff();  // Back to size_ bytes.
  void DropOldest();

  Path path_;
  FileDescriptor file_;
  std::uint64_t bytes_max_;
  std::uint64_t size_ = 0;   // Up to the end of the last whole record.
  std::uint64_t begin_ = 0;  // Of what is kept; another process may have dropped more.
};

// Gives back the space of the records before `offset`, the place of a record or the end. Those behind it keep their
// offsets; who reads from an earlier one gets a line instead that says how many were dropped. Also while a writer
// appends and others read. Does nothing when they are gone already. Throws Error; where the file system cannot make
// holes nothing is dropped.
void DropLinesBefore(const Path& path, std::uint64_t offset);
// Of the first line that was not dropped; 0: none was.
std::uint64_t FirstKeptOffset(const Path& path);

// Calls `each` for records from byte `offset` on (0: the first), in order, until it returns false or no whole record is
// left. Returns the offset behind the last record handed over. A missing file has no records.
std::uint64_t ReadLines(const Path& path, std::uint64_t offset, const std::function<bool(const LogLine&)>& each);

// The last `count` records. Reads only the end of the file; where that is torn or damaged, the whole file as ReadLines
// does, up to the damage. A missing file has no records. Throws Error.
std::vector<LogLine> ReadLastLines(const Path& path, std::size_t count);

}  // namespace sagebrush
