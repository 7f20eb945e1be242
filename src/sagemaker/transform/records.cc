#include "sagemaker/transform/records.h"

#include <cstdint>
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"

namespace sagebrush::sagemaker {
namespace {

// Little-endian, as both formats have their numbers.
template <typename T>
T NumberAt(std::string_view bytes, std::size_t offset) {
  T number = 0;
  std::memcpy(&number, bytes.data() + offset, sizeof number);
  return number;
}

}  // namespace

SplitType SplitTypeOf(std::string_view name) {
  if (name == "None") return SplitType::kNone;
  if (name == "Line") return SplitType::kLine;
  if (name == "RecordIO") return SplitType::kRecordIo;
  if (name == "TFRecord") return SplitType::kTfRecord;
  throw Error(kValidation, fmt::format("SplitType {} is not known.", name));
}

std::optional<std::string_view> RecordReader::Next() {
  std::string_view record;
  do {
    if (rest_.empty()) return std::nullopt;
    switch (split_) {
      case SplitType::kNone:
        record = std::exchange(rest_, {});
        break;
      case SplitType::kLine:
        record = Line();
        break;
      case SplitType::kRecordIo:
        record = RecordIo();
        break;
      case SplitType::kTfRecord:
        record = TfRecord();
        break;
    }
  } while (record.empty());
  ++number_;
  return record;
}

std::string_view RecordReader::Line() {
  const std::size_t end = rest_.find('\n');
  std::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view RecordReader::TakeFrame(std::size_t size, const char* kind) {
  if (size > rest_.size()) {
    throw Error(kValidation,
                fmt::format("Record {} is no whole {}: it is cut off, or its length is wrong.", number_ + 1, kind));
  }
  const std::string_view frame = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return frame;
}

// github.com/apache/mxnet, recordio: a magic number, then 3 bits of what part this is and 29 of its length; padded to
// four bytes. A record in which the magic number itself occurs is in several parts.
std::string_view RecordReader::RecordIo() {
  constexpr std::uint32_t kMagic = 0xced7230a;
  constexpr std::size_t kHeadBytes = 8;
  constexpr unsigned kLengthBits = 29;
  constexpr std::uint32_t kWhole = 0, kLast = 3;
  const char* const begin = rest_.data();
  for (std::size_t size = 0;;) {
    if (rest_.size() < kHeadBytes || NumberAt<std::uint32_t>(rest_, 0) != kMagic) {
      throw Error(kValidation, fmt::format("Record {} is no RecordIO record.", number_ + 1));
    }
    const auto head = NumberAt<std::uint32_t>(rest_, 4);
    const std::size_t length = head & ((1U << kLengthBits) - 1);
    const std::size_t padded = (length + 3) / 4 * 4;
    size += TakeFrame(kHeadBytes + padded, "RecordIO record").size();
    const std::uint32_t part = head >> kLengthBits;
    if (part == kWhole || part == kLast) return {begin, size};
  }
}

// tensorflow.org/tutorials/load_data/tfrecord: length (8 bytes), its checksum (4), the data, their checksum (4).
std::string_view RecordReader::TfRecord() {
  constexpr std::size_t kFrameBytes = 16;
  constexpr std::uint64_t kLengthMax = 1ULL << 40;
  if (rest_.size() < kFrameBytes) TakeFrame(kFrameBytes, "TFRecord");
  const auto length = NumberAt<std::uint64_t>(rest_, 0);
  return TakeFrame(kFrameBytes + static_cast<std::size_t>(std::min(length, kLengthMax)), "TFRecord");
}

std::optional<RecordBatch> BatchReader::Next() {
  RecordBatch batch;
  for (;;) {
    const auto record = next_ ? std::exchange(next_, std::nullopt) : records_.Next();
    if (!record) break;
    if (record->size() > bytes_max_) {
      throw Error(kValidation, fmt::format("A record has {} bytes, and a request may have {}. Raise MaxPayloadInMB or "
                                           "split the input into smaller records.",
                                           record->size(), bytes_max_));
    }
    const char* const begin = batch.records.empty() ? record->data() : batch.bytes.data();
    const auto bytes = static_cast<std::size_t>(record->data() + record->size() - begin);
    if (!batch.records.empty() && (single_ || bytes > bytes_max_)) {
      next_ = record;
      break;
    }
    batch.bytes = {begin, bytes};
    batch.records.push_back(*record);
  }
  if (batch.records.empty()) return std::nullopt;
  return batch;
}

}  // namespace sagebrush::sagemaker
