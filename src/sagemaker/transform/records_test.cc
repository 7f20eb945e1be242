#include "sagemaker/transform/records.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace sagebrush::sagemaker {
namespace {

using Texts = std::vector<std::string>;

std::string Little(std::uint64_t number, std::size_t bytes) {
  return std::string(reinterpret_cast<const char*>(&number), bytes);
}

std::string RecordIo(const std::string& data, std::uint32_t part = 0) {
  const std::string padding((4 - data.size() % 4) % 4, '\0');
  return Little(0xced7230a, 4) + Little(part << 29 | data.size(), 4) + data + padding;
}

std::string TfRecord(const std::string& data) { return Little(data.size(), 8) + "crc1" + data + "crc2"; }

// "error" where reading on fails.
Texts Records(const std::string& bytes, SplitType split) {
  Texts records;
  RecordReader reader(bytes, split);
  try {
    while (const auto record = reader.Next()) records.emplace_back(*record);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind().code, kValidation.code);
    records.emplace_back("error");
  }
  return records;
}

TEST(RecordReader, TakesAllForOneRecordWithoutSplit) {
  EXPECT_EQ(Records("a\nb\n", SplitType::kNone), (Texts{"a\nb\n"}));
  EXPECT_EQ(Records("", SplitType::kNone), Texts());
}

TEST(RecordReader, SplitsLinesAndPassesOverEmptyOnes) {
  EXPECT_EQ(Records("a,b\r\n\n  \nlast", SplitType::kLine), (Texts{"a,b", "  ", "last"}));
  EXPECT_EQ(Records("\n\n", SplitType::kLine), Texts());
}

TEST(RecordReader, SplitsRecordIoWithItsFrames) {
  const std::string one = RecordIo("abc"), two = RecordIo("");
  const std::string parts = RecordIo("start", 1) + RecordIo("middle", 2) + RecordIo("end", 3);
  EXPECT_EQ(Records(one + two + parts, SplitType::kRecordIo), (Texts{one, two, parts}));
  EXPECT_EQ(Records(one + "junk", SplitType::kRecordIo), (Texts{one, "error"}));
  EXPECT_EQ(Records(one.substr(0, one.size() - 1), SplitType::kRecordIo), (Texts{"error"}));
  EXPECT_EQ(Records(RecordIo("start", 1), SplitType::kRecordIo), (Texts{"error"}));
}

TEST(RecordReader, SplitsTfRecordsWithTheirFrames) {
  const std::string one = TfRecord("abc"), two = TfRecord("");
  EXPECT_EQ(Records(one + two, SplitType::kTfRecord), (Texts{one, two}));
  EXPECT_EQ(Records(one + "short", SplitType::kTfRecord), (Texts{one, "error"}));
  EXPECT_EQ(Records(Little(~0ULL, 8) + std::string(100, 'x'), SplitType::kTfRecord), (Texts{"error"}));
}

Texts Batches(const std::string& bytes, bool single, std::size_t bytes_max) {
  Texts batches;
  BatchReader reader(RecordReader(bytes, SplitType::kLine), single, bytes_max);
  try {
    while (const auto batch = reader.Next()) {
      batches.push_back(std::string(batch->bytes) + "/" + std::to_string(batch->records.size()));
    }
  } catch (const Error&) {
    batches.emplace_back("error");
  }
  return batches;
}

TEST(BatchReader, TakesAsManyRecordsAsFit) {
  EXPECT_EQ(Batches("11\n22\n33\n", false, 100), (Texts{"11\n22\n33/3"}));
  EXPECT_EQ(Batches("11\n22\n33\n", false, 5), (Texts{"11\n22/2", "33/1"}));
  EXPECT_EQ(Batches("11\n22\n33\n", false, 4), (Texts{"11/1", "22/1", "33/1"}));
  EXPECT_EQ(Batches("11\n22\n", true, 100), (Texts{"11/1", "22/1"}));
  EXPECT_EQ(Batches("", false, 100), Texts());
}

TEST(BatchReader, RefusesARecordThatNoRequestMayHave) {
  EXPECT_EQ(Batches("11\n22222\n33\n", false, 4), (Texts{"error"}));
  EXPECT_EQ(Batches("11\n22222\n33\n", true, 4), (Texts{"error"}));
}

}  // namespace
}  // namespace sagebrush::sagemaker
