#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace sagebrush::sagemaker {

// TransformInput.SplitType: what of an input is one record.
enum class SplitType { kNone, kLine, kRecordIo, kTfRecord };

// Throws Error(kValidation).
SplitType SplitTypeOf(std::string_view name);

// Goes through the records of an input's bytes, which outlive it. A line is given without its end; empty ones are no
// records. A record of the others is given with its frame, as the model's container reads it.
class RecordReader {
 public:
  RecordReader(std::string_view bytes, SplitType split) : rest_(bytes), split_(split) {}

  // nullopt: there is none any more. Throws Error(kValidation) where the bytes are not of the split type.
  std::optional<std::string_view> Next();

 private:
  std::string_view Line();
  std::string_view RecordIo();
  std::string_view TfRecord();
  std::string_view TakeFrame(std::size_t size, const char* kind);

  std::string_view rest_;
  SplitType split_;
  std::size_t number_ = 0;  // Of records that were given.
};

// What is sent in one request: records that follow each other in the input.
struct RecordBatch {
  std::string_view bytes;  // From the first record to the end of the last, as they stand there.
  std::vector<std::string_view> records;
};

// Makes batches of records: each as many as `bytes_max` holds, or one. No record: an input without any.
class BatchReader {
 public:
  BatchReader(RecordReader records, bool single, std::size_t bytes_max)
      : records_(records), single_(single), bytes_max_(bytes_max) {}

  // Throws Error(kValidation) for a record of more than `bytes_max`, and as RecordReader::Next.
  std::optional<RecordBatch> Next();

 private:
  RecordReader records_;
  bool single_;
  std::size_t bytes_max_;
  std::optional<std::string_view> next_;  // Read, and too much for the batch before.
};

}  // namespace sagebrush::sagemaker
