#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/file.h"
#include "select/byte_source.h"
#include "select/csv_record.h"
#include "select/serialization.h"

namespace sagebrush::select {

// The records of CSV or JSON on their way to the engine: without a header and outside of no scan range, with line ends
// between them. No record is longer than kRecordBytesMax, but for documents.
class RecordStream {
 public:
  // `offset`: of the first byte that `source` gives, in the object.
  RecordStream(ByteSource& source, const Input& input, const std::optional<ScanRange>& range, std::uint64_t offset);

  // Reads the first record of CSV; empty where there is none. It is the header, where there is one, and else comes
  // again with the others. Call first. Throws as ByteSource::Read, and OverMaxRecordSize.
  std::vector<std::string> First();
  // Writes all records to `pipe`. Returns when they are written or nobody reads any more. Throws as First.
  void WriteTo(const FileDescriptor& pipe);

  std::uint64_t processed() const { return processed_.load(std::memory_order_relaxed); }

 private:
  bool Fill();  // Adds to bytes_; false: there is no more.
  void SkipToBegin();
  // Of bytes_: how many are within the range; `ended_` when nothing behind them is.
  std::size_t WithinRange();
  void CheckSizes(std::string_view bytes);
  void PutLineEnds();

  ByteSource& source_;
  const Input input_;
  const ScanRange range_;
  const char delimiter_;
  std::string bytes_;       // Read and not written.
  std::uint64_t at_;        // Of their first, in the object.
  std::size_t record_ = 0;  // Bytes of the record that goes on in bytes_.
  bool ended_ = false;
  std::atomic<std::uint64_t> processed_ = 0;
};

}  // namespace sagebrush::select
